package host

import (
	"sync"
	"sync/atomic"
	"time"
)

// serving says what a local read gets.
type serving uint32

const (
	servingNothing serving = iota // not ready yet: what is missing may only not be here yet
	servingLive
	servingStale // was ready once; the backend is gone
	servingRefused
)

// phases is where a life is. The life writes it; any goroutine reads it.
type phases struct {
	serving atomic.Uint32
	ready   chan struct{} // closed when the first session is ready
	over    chan struct{} // closed when no session will come any more

	mu       sync.Mutex
	phase    Phase
	since    time.Time
	reason   string
	final    bool
	draining bool
	session  *session // the latest
	restarts int
}

func newPhases() *phases {
	return &phases{
		phase: PhaseStarting, since: time.Now(),
		ready: make(chan struct{}), over: make(chan struct{}),
	}
}

// enter moves on, but not from where there is no way back.
func (p *phases) enter(phase Phase, reason string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.final {
		return
	}
	if p.phase != phase {
		p.phase, p.since = phase, time.Now()
	}
	p.reason = reason
	p.serve(phase)
}

// leave ends ready before the session is closed, which may take a while.
func (p *phases) leave(why string) { p.enter(PhaseBackoff, why) }

// serve sets what reads get in phase. What is refused once stays so: a session
// may become ready just when its state is found to be wrong. p.mu is held.
func (p *phases) serve(phase Phase) {
	if serving(p.serving.Load()) == servingRefused {
		return
	}
	switch phase {
	case PhaseReady:
		p.serving.Store(uint32(servingLive))
		select {
		case <-p.ready:
		default:
			close(p.ready)
		}
	case PhaseQuarantined:
		p.serving.Store(uint32(servingRefused))
	default:
		p.serving.CompareAndSwap(uint32(servingLive), uint32(servingStale))
	}
}

// suspect makes reads of a quarantined state end before its session does.
func (p *phases) suspect(verdict Phase) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.serve(verdict)
}

// conclude enters the last phase. Only the first call counts.
func (p *phases) conclude(phase Phase, reason string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.final {
		return
	}
	p.phase, p.since, p.reason, p.final = phase, time.Now(), reason, true
	p.serve(phase)
	close(p.over)
}

// drain notes that the host is being closed.
func (p *phases) drain() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.draining = true
}

// opened names the session that counts from now on.
func (p *phases) opened(s *session) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.session = s
}

func (p *phases) restarted() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.restarts++
}

// report copies what a status says about the life.
func (p *phases) report() (st Status, latest *session) {
	p.mu.Lock()
	defer p.mu.Unlock()
	st.State, st.Since, st.Reason = p.phase, p.since, p.reason
	if p.draining && !p.final {
		st.State = PhaseDraining
	}
	st.Plugin.Restarts = p.restarts
	st.Plugin.State = "stopped"
	if p.session != nil && p.session.ctx.Err() == nil && p.session.opened.Load() {
		st.Plugin.State = "running"
	}
	return st, p.session
}

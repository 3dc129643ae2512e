package launch

import (
	"context"
	"errors"
	"fmt"
	"time"

	"google.golang.org/grpc"

	"github.com/chronik-stream/metalog/sdk"
)

// watch waits for the end of the session or of the process, whichever comes
// first, and sees to it that the other ends too.
func (b *backend) watch() {
	defer close(b.done)
	hung := false
	select {
	case <-b.proc.exited:
		b.sessionWithin(breakWait)
	case <-b.Proxy.Done():
		hung = errors.Is(b.Proxy.Err(), sdk.ErrTimeout)
	case hung = <-b.given:
	}
	forced := b.proc.end(b.conn, hung)
	b.endSession()
	b.err = b.reason(hung, forced)
}

// sessionWithin gives the session d to notice that the process is gone, so
// that it says so rather than that it was ended from here.
func (b *backend) sessionWithin(d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-b.Proxy.Done():
	case <-timer.C:
	}
}

// endSession ends a session that has no connection any more, or had none yet.
func (b *backend) endSession() {
	over, cancel := context.WithCancel(context.Background())
	cancel()
	_ = b.Proxy.Close(over) // what it has to say is in Err
}

// end ends the session, sees to the end of the process, and reports whether
// that took force. A process that hangs first prints its stacks: once its
// session is gone it may exit without a word.
func (p *process) end(conn *grpc.ClientConn, hung bool) (forced bool) {
	defer conn.Close()
	if !hung {
		conn.Close()
		p.hangUp()
		if p.within(exitWait) {
			return false
		}
	}
	p.out.logger().Warn("the plugin hangs: asking for its stacks, then killing its process group")
	p.askForStacks()
	if !p.within(stacksWait) {
		p.kill()
		p.lost()
	}
	return true
}

// lost waits for a killed process, and gives up on one that even SIGKILL
// doesn't end (it waits for a disk, say): it is then left to itself.
func (p *process) lost() {
	if !p.within(killWait) {
		p.out.logger().Error("the plugin's process can't be killed; it may still hold its data directory")
	}
}

// reason says why the plugin ended; nil if it was asked to and did.
func (b *backend) reason(hung, forced bool) error {
	select {
	case <-b.closing:
		return nil
	default:
	}
	said := b.Proxy.Err()
	var known *sdk.Error
	if errors.As(said, &known) && known.Reason.Terminal() {
		return fmt.Errorf("plugin %s: %w", b.name, said)
	}
	e := &sdk.Error{Reason: sdk.ReasonClosed, Err: said}
	switch {
	case hung:
		e.Reason = sdk.ReasonTimeout
		e.Message = fmt.Sprintf("plugin %s hung and was killed", b.name)
	case forced:
		e.Message = fmt.Sprintf("plugin %s lost its session, didn't end and was killed", b.name)
	default:
		e.Message = fmt.Sprintf("plugin %s ended (%s).%s", b.name, b.proc.ended(), printed(b.proc))
	}
	return e
}

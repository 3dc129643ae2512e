package plugin

import (
	"context"
	"errors"
	"io"
	"slices"
	"sync"
	"time"

	"google.golang.org/grpc"

	"github.com/chronik-stream/metalog/sdk"
	"github.com/chronik-stream/metalog/sdk/backendpb"
)

type proposeClient = grpc.BidiStreamingClient[backendpb.ProposeRequest, backendpb.ProposeReply]

// proposals are the host's end of the Propose stream. One goroutine sends, so
// that a caller whose time is up knows whether its entry was on its way.
type proposals struct {
	limit int
	wake  chan struct{} // size 1: queue isn't empty

	mu     sync.Mutex
	lastID uint64
	queue  []*proposal          // not yet sent
	flying map[uint64]*proposal // queued or sent, unanswered
	closed error                // why none is taken: not open yet, or over
	over   bool
}

type proposal struct {
	id     uint64
	data   []byte
	due    time.Time // zero: none
	cancel bool      // the caller has left; nobody waits for this one
	sent   bool
	answer chan error // size 1
}

func newProposals(limit int) *proposals {
	return &proposals{
		limit: limit, wake: make(chan struct{}, 1), flying: make(map[uint64]*proposal),
		closed: refused("the backend is not open"),
	}
}

var answers = sync.Pool{New: func() any { return make(chan error, 1) }}

// Propose offers data to the backend behind the wall. Over the limit of what is
// in flight it is refused without a trip.
func (p *Proxy) Propose(ctx context.Context, data []byte) error {
	if len(data) > sdk.MaxEntrySize {
		return tooLarge(len(data))
	}
	if err := ctx.Err(); err != nil {
		return &sdk.Error{Reason: sdk.ReasonTimeout, Outcome: sdk.NotAppended, Message: "not proposed: the caller's time was up", Err: err}
	}
	pr, err := p.proposals.add(ctx, data)
	if err != nil {
		return err
	}
	select {
	case err = <-pr.answer:
	case <-ctx.Done():
		err = p.proposals.leave(pr, ctx.Err())
	}
	answers.Put(pr.answer)
	return err
}

func (p *proposals) add(ctx context.Context, data []byte) (*proposal, error) {
	pr := &proposal{data: slices.Clone(data)} // the caller may leave while it is being sent
	pr.due, _ = ctx.Deadline()
	p.mu.Lock()
	if p.closed != nil {
		p.mu.Unlock()
		return nil, outcome(p.closed, sdk.NotAppended)
	}
	if len(p.flying) >= p.limit {
		p.mu.Unlock()
		return nil, overloaded(p.limit)
	}
	pr.answer = answers.Get().(chan error)
	p.lastID++
	pr.id = p.lastID
	p.flying[pr.id] = pr
	p.queue = append(p.queue, pr)
	p.mu.Unlock()
	p.signal()
	return pr, nil
}

// leave takes back a proposal that isn't sent; of one that is, nothing is known.
func (p *proposals) leave(pr *proposal, cause error) error {
	p.mu.Lock()
	if p.flying[pr.id] != pr { // answered meanwhile
		p.mu.Unlock()
		return <-pr.answer
	}
	delete(p.flying, pr.id)
	sent := pr.sent
	if sent {
		p.queue = append(p.queue, &proposal{id: pr.id, cancel: true})
	} else {
		p.unqueue(pr)
	}
	p.mu.Unlock()
	if !sent {
		return &sdk.Error{Reason: sdk.ReasonTimeout, Outcome: sdk.NotAppended, Message: "not proposed in time", Err: cause}
	}
	p.signal()
	return &sdk.Error{Reason: sdk.ReasonTimeout, Message: "the backend has not answered yet", Err: cause}
}

func (p *proposals) unqueue(pr *proposal) {
	for i, q := range p.queue {
		if q == pr {
			p.queue = append(p.queue[:i], p.queue[i+1:]...)
			return
		}
	}
}

// next takes the oldest of the queue; from here on it counts as sent.
func (p *proposals) next() *proposal {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.queue) == 0 {
		return nil
	}
	pr := p.queue[0]
	p.queue[0] = nil
	if p.queue = p.queue[1:]; len(p.queue) == 0 {
		p.queue = nil
	}
	pr.sent = true
	return pr
}

// open lets proposals in; they wait for the stream.
func (p *proposals) open() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.over {
		p.closed = nil
	}
}

// serve runs the stream until it ends and says why it did.
func (p *proposals) serve(stream proposeClient) error {
	sender := make(chan struct{})
	go func() { defer close(sender); p.send(stream) }()
	err := p.receive(stream) // from here on the stream's context is over, too
	<-sender
	return err
}

func (p *proposals) send(stream proposeClient) {
	for {
		select {
		case <-p.wake:
		case <-stream.Context().Done():
			return
		}
		for pr := p.next(); pr != nil; pr = p.next() {
			if err := stream.Send(pr.request()); err != nil {
				return // receive knows why
			}
		}
	}
}

func (pr *proposal) request() *backendpb.ProposeRequest {
	r := &backendpb.ProposeRequest{Id: pr.id, Data: pr.data, Cancel: pr.cancel}
	if !pr.due.IsZero() {
		r.TimeoutMs = max(1, time.Until(pr.due).Milliseconds())
	}
	return r
}

func (p *proposals) receive(stream proposeClient) error {
	for {
		r, err := stream.Recv()
		if errors.Is(err, io.EOF) {
			return &sdk.Error{Reason: sdk.ReasonClosed, Message: "the plugin takes no more proposals"}
		}
		if err != nil {
			return transportError(err)
		}
		p.answer(r.GetId(), errorFromPB(r.GetFailure()))
	}
}

// answer wakes a caller; one that has left is not there any more.
func (p *proposals) answer(id uint64, err error) {
	p.mu.Lock()
	pr := p.flying[id]
	delete(p.flying, id)
	p.mu.Unlock()
	if pr != nil {
		pr.answer <- err
	}
}

// end answers everybody: what was sent is unknown, the rest surely dropped.
func (p *proposals) end(cause error) {
	p.mu.Lock()
	flying := p.flying
	if !p.over {
		p.over, p.closed = true, cause
	}
	p.flying, p.queue = make(map[uint64]*proposal), nil
	p.mu.Unlock()
	for _, pr := range flying {
		o := sdk.NotAppended
		if pr.sent {
			o = sdk.Unknown
		}
		pr.answer <- outcome(cause, o)
	}
}

// outcome is err with another outcome.
func outcome(err error, o sdk.Outcome) error {
	e := *errorOf(err)
	e.Outcome = o
	return &e
}

func (p *proposals) signal() {
	select {
	case p.wake <- struct{}{}:
	default:
	}
}

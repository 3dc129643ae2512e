package host

import (
	"context"
	"time"
)

// A barrier that doesn't come back is followed by another, after proveFirst at
// first and proveMax at last: it may have been dropped, or stand behind a log
// that takes minutes to replay.
const (
	proveFirst = 250 * time.Millisecond
	proveMax   = 30 * time.Second
)

// prover finds out when a session has caught up.
type prover struct {
	own    *ownEntries
	author *author
}

// prove returns nil once a barrier proposed in this session has come back: what
// was acknowledged anywhere before the session is here then. It ends with ctx
// otherwise.
func (p *prover) prove(ctx context.Context, s *session) error {
	back := make(chan error, 1)
	var sent []entryID
	defer func() {
		for _, id := range sent {
			p.own.remove(id)
		}
	}()
	for wait := proveFirst; ; wait = min(2*wait, proveMax) {
		e := p.author.barrier()
		data, err := encodeEntry(e)
		if err != nil {
			return err
		}
		id := entryID(e.GetId())
		p.own.add(id, back)
		sent = append(sent, id)
		s.run(func(ctx context.Context) { propose(ctx, s, data, wait) })
		if came, err := await(ctx, back, wait); came || err != nil {
			return err
		}
	}
}

// propose offers a barrier. That it fails shows in its not coming back.
func propose(ctx context.Context, s *session, data []byte, timeout time.Duration) {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	_ = s.backend.Propose(ctx, data)
}

// await reports whether a barrier came back in time. One that may lie in a
// restored snapshot didn't.
func await(ctx context.Context, back <-chan error, wait time.Duration) (came bool, err error) {
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case err := <-back:
		return err == nil, nil
	case <-timer.C:
		return false, nil
	case <-ctx.Done():
		return false, context.Cause(ctx)
	}
}

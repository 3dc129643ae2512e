package hashiraft

import (
	"context"
	"errors"
	"time"

	"github.com/chronik-stream/metalog/internal/peerport"
	"github.com/chronik-stream/metalog/plugins/hashiraft/peerpb"
	"github.com/chronik-stream/metalog/sdk"
)

// What connections between nodes are for.
const (
	kindRaft peerport.Kind = 'R'
	kindPeer peerport.Kind = 'P'
)

// maxMessage is an entry and what surrounds it.
const maxMessage = sdk.MaxEntrySize + 64<<10

// unused is after how long a connection is given up that nobody asked for, as to a
// member that was removed: every member is asked each second.
const unused = time.Minute

// reach returns the node at address, connected: what is sent then either
// arrives or its outcome is unknown.
func (s *session) reach(ctx context.Context, address string) (peerpb.PeerClient, error) {
	conn, err := s.peers.Reach(ctx, address)
	if err != nil {
		return nil, err
	}
	return peerpb.NewPeerClient(conn), nil
}

// failureOf carries an error to the other side.
func failureOf(err error) *peerpb.Failure {
	if err == nil {
		return nil
	}
	f := &peerpb.Failure{Reason: uint32(sdk.ReasonInternal), Message: err.Error()}
	var e *sdk.Error
	if errors.As(err, &e) {
		f.Reason, f.NotAppended = uint32(e.Reason), e.Outcome == sdk.NotAppended
	}
	return f
}

// answered is what came of a call: an error of the transport leaves everything
// open.
func answered(err error, f *peerpb.Failure) error {
	switch {
	case err != nil:
		return internal("the leader didn't answer", err)
	case f == nil:
		return nil
	}
	e := &sdk.Error{Reason: sdk.Reason(f.GetReason()), Message: f.GetMessage()}
	if f.GetNotAppended() {
		e.Outcome = sdk.NotAppended
	}
	return e
}

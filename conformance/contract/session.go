package contract

import (
	"context"
	"errors"
	"fmt"
	"io"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"

	"github.com/chronik-stream/metalog/conformance/trial"
	"github.com/chronik-stream/metalog/sdk/backendpb"
)

// sessions is the family of the one session of a process: how it begins, what is
// told in it, and what is refused.
func sessions() []trial.Case {
	process := []trial.Need{trial.NeedProcess}
	const life = "docs/reference/plugin-contract.md, The life of a plugin's process"
	return []trial.Case{
		{
			ID: "SES-001", Title: "the first message", Rule: "R10", Profile: trial.Core, Needs: process, Run: statusFirst,
			Promise: "A status comes first in a session, before anything is opened.",
		},
		{
			ID: "SES-002", Title: "a second session", Rule: life, Profile: trial.Core, Needs: process, Run: secondSession,
			Promise: "A process has one session: a second one is refused, and the first goes on.",
		},
		{
			ID: "SES-003", Title: "a second Open", Rule: life, Profile: trial.Core, Needs: process, Run: secondOpen,
			Promise: "A process's backend is opened once: a second Open is refused as NOT_APPENDED, and the session goes on.",
		},
		{
			ID: "SES-004", Title: "calls before the session and before Open", Rule: "R8", Profile: trial.Core, Needs: process, Run: callsBeforeOpen,
			Promise: "What comes before Open is refused as NOT_APPENDED, and takes nothing from the Open that follows.",
		},
		{
			ID: "SES-005", Title: "Close before Open", Rule: "R12, R13", Profile: trial.Core, Needs: process, Run: closeBeforeOpen,
			Promise: "A backend that was never opened is closed at once, and its process ends with the session.",
		},
		{
			ID: "SES-006", Title: "fields and messages of a later version", Rule: "R14", Profile: trial.Core, Needs: process, Run: laterVersion,
			Promise: "Unknown fields and messages of the wire are ignored.",
		},
		{
			ID: "SES-007", Title: "positions, indexes and statuses", Rule: "R1, R10", Profile: trial.Core, Needs: process, Run: everythingCounts,
			Promise: "The n-th message with a position has position n, indexes increase, and statuses are counted.",
		},
		{
			ID: "SES-008", Title: "a session without Hello", Rule: life, Profile: trial.Core, Needs: process, Run: noHello,
			Promise: "A session that doesn't begin with Hello ends with an error: nobody waits for it.",
		},
		{
			ID: "SES-009", Title: "can_propose and the leader", Rule: "R10", Profile: trial.Core, Run: onOne(statusIsTrue),
			Promise: "A node that can be proposed to says so in its status, and who leads.",
		},
		{
			ID: "SES-010", Title: "stored_index after a restart", Rule: "R7", Profile: trial.Durable, Needs: []trial.Need{trial.NeedLasting}, Run: onOne(storedIndexIsTrue),
			Promise: "After Open, stored_index says how far the backend holds entries: at least to the last that it had delivered.",
		},
	}
}

// usual leaves a session's limits as they are.
func usual(*backendpb.Hello) {}

func statusFirst(ctx context.Context, s *trial.Stage) error {
	h, err := connectRaw(ctx, s)
	if err != nil {
		return err
	}
	defer h.leave()
	if err := h.begin(ctx, usual); err != nil {
		return err
	}
	return h.ping(ctx) // what would come before Open has come by now
}

func secondSession(ctx context.Context, s *trial.Stage) error {
	h, err := openRaw(ctx, s, usual)
	if err != nil {
		return err
	}
	defer h.leave()
	within, cancel := s.Within(ctx)
	defer cancel()
	second, err := h.client.Session(within)
	if err == nil {
		_ = second.Send(&backendpb.HostMessage{Message: &backendpb.HostMessage_Hello{Hello: &backendpb.Hello{}}}) // Recv says why not
		var m *backendpb.PluginMessage
		if m, err = second.Recv(); err == nil {
			return fmt.Errorf("a second session began, with %v", m)
		}
	}
	if within.Err() != nil {
		return fmt.Errorf("a second session is neither begun nor refused: %w", context.Cause(within))
	}
	return h.offered(ctx, 1, "the first session goes on")
}

func secondOpen(ctx context.Context, s *trial.Stage) error {
	h, err := openRaw(ctx, s, usual)
	if err != nil {
		return err
	}
	defer h.leave()
	r, err := h.askOpen(ctx)
	if err := surelyRefused("a second Open", r.GetFailure(), err); err != nil {
		return err
	}
	return h.offered(ctx, 1, "after the second Open")
}

func callsBeforeOpen(ctx context.Context, s *trial.Stage) error {
	h, err := connectRaw(ctx, s)
	if err != nil {
		return err
	}
	defer h.leave()
	if err := refusesCalls(ctx, h, "before the session"); err != nil {
		return err
	}
	if err := h.begin(ctx, usual); err != nil {
		return err
	}
	if err := refusesCalls(ctx, h, "before Open"); err != nil {
		return err
	}
	if err := h.open(ctx); err != nil {
		return err
	}
	return h.offered(ctx, 1, "after Open")
}

func refusesCalls(ctx context.Context, h *rawHost, when string) error {
	within, cancel := h.stage.Within(ctx)
	defer cancel()
	barrier, err := h.client.ReadBarrier(within, &backendpb.ReadBarrierRequest{})
	if err := surelyRefused("ReadBarrier "+when, barrier.GetFailure(), err); err != nil {
		return err
	}
	stream, err := h.client.Propose(within)
	if err != nil {
		return surelyRefused("Propose "+when, nil, err)
	}
	_ = stream.Send(&backendpb.ProposeRequest{Id: 1, Data: []byte("too early")}) // Recv says why not
	reply, err := stream.Recv()
	return errors.Join(surelyRefused("Propose "+when, reply.GetFailure(), err), within.Err())
}

func closeBeforeOpen(ctx context.Context, s *trial.Stage) error {
	h, err := connectRaw(ctx, s)
	if err != nil {
		return err
	}
	defer h.leave()
	if err := h.begin(ctx, usual); err != nil {
		return err
	}
	within, cancel := s.Within(ctx)
	defer cancel()
	if _, err := h.client.Close(within, &backendpb.CloseRequest{}); err != nil {
		return fmt.Errorf("the Close call: %w", err)
	}
	if err := h.session.CloseSend(); err != nil {
		return trial.Harness(err)
	}
	return h.awaitGone(ctx, "the session had ended")
}

func laterVersion(ctx context.Context, s *trial.Stage) error {
	h, err := connectRaw(ctx, s)
	if err != nil {
		return err
	}
	defer h.leave()
	if err := h.begin(ctx, func(hello *backendpb.Hello) { addUnknown(hello) }); err != nil {
		return err
	}
	request := openRequest(s.World.Config("n1"))
	addUnknown(request)
	within, cancel := s.Within(ctx)
	defer cancel()
	r, err := h.client.Open(within, request)
	if err := errors.Join(err, failed(r.GetFailure())); err != nil {
		return fmt.Errorf("an Open with an unknown field: %w", err)
	}
	message := &backendpb.HostMessage{}
	addUnknown(message)
	if err := h.say(message); err != nil {
		return err
	}
	if err := h.ping(ctx); err != nil {
		return fmt.Errorf("after a message of an unknown kind: %w", err)
	}
	if err := errors.Join(h.openProposals(), h.elected(ctx)); err != nil {
		return err
	}
	return h.offered(ctx, 1, "after unknown messages")
}

// addUnknown adds a field that no version has.
func addUnknown(m proto.Message) {
	const field = 4242
	raw := protowire.AppendTag(nil, field, protowire.BytesType)
	m.ProtoReflect().SetUnknown(protowire.AppendString(raw, "of a later version"))
}

func everythingCounts(ctx context.Context, s *trial.Stage) error {
	h, err := connectRaw(ctx, s)
	if err != nil {
		return err
	}
	defer h.leave()
	if err := h.begin(ctx, usual); err != nil {
		return err
	}
	r, err := h.askOpen(ctx)
	if err := errors.Join(err, failed(r.GetFailure())); err != nil {
		return fmt.Errorf("opening node n1: %w", err)
	}
	sequence := r.GetStatusSequence()
	if err := h.await(ctx, fmt.Sprintf("status %d, which the reply to Open stands for,", sequence), func() bool {
		return h.status.GetSequence() >= sequence
	}); err != nil {
		return err
	}
	if err := errors.Join(h.openProposals(), h.elected(ctx)); err != nil {
		return err
	}
	const n = 200
	if err := h.offerMany(n, func(id uint64) string { return fmt.Sprintf("counted-%d", id) }); err != nil {
		return err
	}
	if err := h.answered(ctx, n); err != nil {
		return err
	}
	return h.delivered(ctx, n)
}

func noHello(ctx context.Context, s *trial.Stage) error {
	h, err := connectRaw(ctx, s)
	if err != nil {
		return err
	}
	defer h.leave()
	if err := h.stream(); err != nil {
		return err
	}
	if err := h.say(&backendpb.HostMessage{Message: &backendpb.HostMessage_Ping{Ping: &backendpb.Ping{Id: 1}}}); err != nil {
		return err
	}
	why, err := h.awaitEnd(ctx)
	if err != nil {
		return err
	}
	if errors.Is(why, io.EOF) {
		return errors.New("a session that began with a ping was ended without an error")
	}
	return nil
}

package metadata

import (
	"errors"
	"fmt"

	"google.golang.org/protobuf/proto"

	"github.com/chronik-stream/metalog/metadata/eventpb"
)

// ErrHalt matches what a node must not go past: a committed event that this
// build can't apply (G8). Skipping it would make the node differ from the rest.
var ErrHalt = errors.New("the node must stop here: it can't apply what was committed")

// command is what one kind of event does.
type command interface {
	// check is every precondition in the contract's order; nil: none fails. It
	// only reads s, and may run on any goroutine.
	check(s *State) *refusal
	// apply makes the change. It runs only if check found nothing.
	apply(d *Draft) Response
	// encode writes what the caller asked for, without any stamp.
	encode(e *encoder)
}

// refusal is an answer that every node agrees on. The message is stored and is
// in the digest, so that other words are another protocol.
type refusal struct {
	code    Code
	message string
}

func refuse(code Code, format string, args ...any) *refusal {
	return &refusal{code, fmt.Sprintf(format, args...)}
}

// commandOf is the command in ev, with its number in the log as its kind; nil if
// this build doesn't know it.
func commandOf(ev *eventpb.Event) (c command, kind uint64) {
	switch m := ev.GetCommand().(type) {
	case *eventpb.Event_CreateTopic:
		return createTopic{m.CreateTopic}, 10
	case *eventpb.Event_DeleteTopic:
		return deleteTopic{m.DeleteTopic}, 11
	case *eventpb.Event_AlterConfigs:
		return alterConfigs{m.AlterConfigs}, 12
	case *eventpb.Event_CreatePartitions:
		return createPartitions{m.CreatePartitions}, 13
	case *eventpb.Event_AssignPartition:
		return assignPartition{m.AssignPartition}, 14
	case *eventpb.Event_RegisterBroker:
		return registerBroker{m.RegisterBroker}, 20
	case *eventpb.Event_SetBrokerState:
		return setBrokerState{m.SetBrokerState}, 21
	case *eventpb.Event_UnregisterBroker:
		return unregisterBroker{m.UnregisterBroker}, 22
	default:
		return nil, 0
	}
}

// levelOf is the feature level a command needs. Those of the first release are
// understood at genesis.
func levelOf(command) uint32 { return genesisLevel }

// Check is what ev would be refused for now, by Encode or by Apply, without
// applying it: the same preconditions, answered by the same code. Any goroutine
// may call it. ev needs no request id; whether it repeats an earlier request
// isn't looked at.
func (s *State) Check(ev *eventpb.Event) Result {
	c, kind := commandOf(ev)
	if c == nil {
		return s.refused(CodeInvalidRequest, "the event holds no command that this node knows")
	}
	if _, err := proto.Marshal(ev); err != nil {
		return s.refused(CodeInvalidRequest, cantEncode(err))
	}
	var e encoder
	res := Result{Fingerprint: fingerprint(&e, kind, c), Revision: s.revision}
	if r := s.preconditions(ev, c, &e); r != nil {
		res.Code, res.Message = r.code, r.message
	}
	return res
}

// preconditions is what applies to every command, around its own check. e holds
// the command's canonical encoding.
func (s *State) preconditions(ev *eventpb.Event, c command, e *encoder) *refusal {
	if level := levelOf(c); level > s.featureLevel {
		return refuse(CodeUnsupportedVersion,
			"the command needs feature level %d, and the cluster is at %d: upgrade all nodes, then raise the level", level, s.featureLevel)
	}
	if r := checkSize(ev, len(e.buf)); r != nil {
		return r
	}
	if r := c.check(s); r != nil {
		return r
	}
	return checkLimits(e)
}

func (s *State) refused(code Code, message string) Result {
	return Result{Code: code, Message: message, Revision: s.revision}
}

// Apply applies ev and answers it. Only the goroutine that owns the draft calls
// it. ev isn't kept, nor changed.
//
// A refusal is a Result, not an error. An error matches ErrHalt, and the draft
// is as it was before.
func (d *Draft) Apply(ev *eventpb.Event) (Result, error) {
	if d.done {
		panic("metadata: Apply on a draft whose state was taken")
	}
	c, kind := commandOf(ev)
	if c == nil {
		return Result{}, fmt.Errorf("%w: an event without a command that this build knows; upgrade the node", ErrHalt)
	}
	if len(ev.GetRequestId()) != len(RequestID{}) {
		return Result{}, fmt.Errorf("%w: an event's request id has %d bytes, not 16", ErrHalt, len(ev.GetRequestId()))
	}
	id := RequestID(ev.GetRequestId())
	fp := fingerprint(&d.enc, kind, c)
	if res, done := d.state.repeated(id, fp, ev.GetFirstRevision()); done {
		return res, nil
	}
	d.begin(ev)
	res := Result{Request: id, Fingerprint: fp, Revision: d.revision}
	if r := d.state.preconditions(ev, c, &d.enc); r != nil {
		res.Code, res.Message = r.code, r.message
	} else {
		res.Response = c.apply(d)
	}
	d.remember(res)
	return res, nil
}

// begin gives the event its revision and its time (G3, G4).
func (d *Draft) begin(ev *eventpb.Event) {
	d.state.revision++
	d.state.lastMS = max(d.state.lastMS, ev.GetTimestampMs())
	d.revision, d.now = d.state.revision, d.state.lastMS
}

// repeated is G7 up to the point where an event is applied after all: done is
// false then. What it answers changes nothing and is not stored.
func (s *State) repeated(id RequestID, fp Fingerprint, firstRevision uint64) (res Result, done bool) {
	if earlier := s.requests.get(id); earlier != nil {
		if earlier.result.Fingerprint == fp {
			res = earlier.result
			res.Deduplicated = true
			return res, true
		}
		res = s.refused(CodeInvalidRequest, "request id "+id.String()+" was used for another request before: use a new one")
	} else if firstRevision > s.revision {
		res = s.refused(CodeInvalidRequest, fmt.Sprintf(
			"first revision %d is ahead of revision %d: send the one seen before the first attempt", firstRevision, s.revision))
	} else if firstRevision < s.requests.floor {
		res = s.refused(CodeRequestTimedOut, fmt.Sprintf(
			"the request was first made at revision %d, and answers up to %d are forgotten: it may have been applied, read before trying again", firstRevision, s.requests.floor))
	} else {
		return Result{}, false
	}
	res.Request, res.Fingerprint = id, fp
	return res, true
}

// remember stores the answer and forgets the oldest beyond the limits.
func (d *Draft) remember(res Result) {
	rs := &d.state.requests
	r := rs.place(res.Revision)
	r.result = res
	r.hash = hashOf(&d.enc, encodeRequest, &r.result)
	r.size = len(d.enc.buf)
	rs.put(d.state.generation, r)
	d.record(r.hash)
	for rs.full() {
		d.forget(rs.evict().hash)
	}
}

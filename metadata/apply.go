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
	// only reads s.
	check(s *State) *refusal
	// apply makes the change. It runs only if check found nothing. A refusal of
	// its own is for what only shows on the way, and leaves the draft as it was,
	// with one exception (X1).
	apply(d *Draft) (Response, *refusal)
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
	case *eventpb.Event_PutGroup:
		return putGroup{m.PutGroup}, 30
	case *eventpb.Event_CommitOffsets:
		return commitOffsets{m.CommitOffsets}, 31
	case *eventpb.Event_DeleteOffsets:
		return deleteOffsets{m.DeleteOffsets}, 32
	case *eventpb.Event_DeleteGroup:
		return deleteGroup{m.DeleteGroup}, 33
	default:
		return laterCommandOf(ev)
	}
}

// laterCommandOf goes on where commandOf ends.
func laterCommandOf(ev *eventpb.Event) (c command, kind uint64) {
	switch m := ev.GetCommand().(type) {
	case *eventpb.Event_AllocateProducerIds:
		return allocateProducerIDs{m.AllocateProducerIds}, 40
	case *eventpb.Event_InitProducer:
		return initProducer{m.InitProducer}, 41
	case *eventpb.Event_AddTransactionPartitions:
		return addTransactionPartitions{m.AddTransactionPartitions}, 42
	case *eventpb.Event_AddTransactionOffsets:
		return addTransactionOffsets{m.AddTransactionOffsets}, 43
	case *eventpb.Event_CommitTransactionOffsets:
		return commitTransactionOffsets{m.CommitTransactionOffsets}, 44
	case *eventpb.Event_PrepareTransaction:
		return prepareTransaction{m.PrepareTransaction}, 45
	case *eventpb.Event_CompleteTransaction:
		return completeTransaction{m.CompleteTransaction}, 46
	case *eventpb.Event_CheckpointWatermarks:
		return checkpointWatermarks{m.CheckpointWatermarks}, 50
	case *eventpb.Event_AdvanceLogStart:
		return advanceLogStart{m.AdvanceLogStart}, 51
	case *eventpb.Event_PutSegments:
		return putSegments{m.PutSegments}, 55
	case *eventpb.Event_DeleteSegments:
		return deleteSegments{m.DeleteSegments}, 56
	case *eventpb.Event_Batch:
		return batch{m.Batch}, 60
	case *eventpb.Event_Settle:
		return settle{m.Settle, RequestID(idFromEvent(ev.GetRequestId()))}, 61
	case *eventpb.Event_SetFeatureLevel:
		return setFeatureLevel{m.SetFeatureLevel}, 62
	case *eventpb.Event_ResetClock:
		return resetClock{m.ResetClock}, 63
	default:
		return nil, 0
	}
}

// levelOf is the feature level a command needs. Those of the first release are
// understood at genesis, and raising the level always is.
func levelOf(c command) uint32 {
	if _, ok := c.(setFeatureLevel); ok {
		return 0
	}
	return genesisLevel
}

// Check is what ev would come to now, in Encode or in Apply, without applying
// it: it is tried on a draft that is thrown away, so only whoever may make
// drafts of s may call it. ev needs no request id; whether it repeats an earlier
// request isn't looked at.
func (s *State) Check(ev *eventpb.Event) Result {
	c, kind := commandOf(ev)
	if c == nil {
		return s.refused(CodeInvalidRequest, "the event holds no command that this node knows")
	}
	if _, err := proto.Marshal(ev); err != nil {
		return s.refused(CodeInvalidRequest, cantEncode(err))
	}
	if err := halts(c); err != nil {
		return s.refused(CodeUnsupportedVersion, err.Error())
	}
	d := s.Draft()
	res := d.execute(ev, c, fingerprint(&d.enc, kind, c))
	res.Revision = s.revision
	return res
}

// preconditions is what applies to every command, around its own check. e holds
// the command's canonical encoding.
func (s *State) preconditions(ev *eventpb.Event, c command, e *encoder) *refusal {
	if r := s.checkLevel(c); r != nil {
		return r
	}
	if r := checkSize(ev, len(e.buf)); r != nil {
		return r
	}
	if r := c.check(s); r != nil {
		return r
	}
	return checkLimits(e)
}

func (s *State) checkLevel(c command) *refusal {
	if level := levelOf(c); level > s.featureLevel {
		return refuse(CodeUnsupportedVersion,
			"the command needs feature level %d, and the cluster is at %d: upgrade all nodes, then raise the level", level, s.featureLevel)
	}
	return nil
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
	d.forgetChanges()
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
	if err := halts(c); err != nil {
		return Result{}, err
	}
	res := d.execute(ev, c, fp)
	res.Request = id
	d.remember(res)
	return res, nil
}

// execute does what ev asks, if that isn't refused. d.enc holds c's canonical
// encoding.
func (d *Draft) execute(ev *eventpb.Event, c command, fp Fingerprint) Result {
	r := d.state.preconditions(ev, c, &d.enc)
	d.begin(ev)
	res := Result{Fingerprint: fp, Revision: d.revision}
	if r == nil {
		res.Response, r = c.apply(d)
	}
	if r != nil {
		res.Code, res.Message = r.code, r.message
	}
	checkOutcome(ev, d.revision, r, res.Response.Failed)
	return res
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
	var r *refusal
	switch earlier := s.requests.get(id); {
	case earlier != nil:
		if res, ok := earlier.answer(id, fp); ok {
			res.Deduplicated = true
			return res, true
		}
		r = refuse(CodeInvalidRequest, "request id %s was used for another request before: use a new one", id)
	case firstRevision > s.revision:
		r = refuse(CodeInvalidRequest, "first revision %d is ahead of revision %d: send the one seen before the first attempt", firstRevision, s.revision)
	case firstRevision < s.requests.floor:
		r = beyondWindow(firstRevision, s.requests.floor)
	default:
		return Result{}, false
	}
	res = s.refused(r.code, r.message)
	res.Request, res.Fingerprint = id, fp
	return res, true
}

func beyondWindow(firstRevision, floor uint64) *refusal {
	return refuse(CodeRequestTimedOut,
		"the request was first made at revision %d, and answers up to %d are forgotten: it may have been applied, read before trying again", firstRevision, floor)
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

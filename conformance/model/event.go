package model

import "github.com/chronik-stream/metalog/metadata"

// event is one being applied to a copy of the tables.
type event struct {
	tables
	model    *Model // before it
	revision uint64
	now      int64
	before   int64 // the latest time without this event
	id       metadata.RequestID

	clock   *int64           // ResetClock's
	settled *metadata.Result // Settle's
}

// do is one operation, in a batch or alone. Whoever called it forgets what it did
// if there is a code.
func (e *event) do(op metadata.BatchOperation) (metadata.Response, metadata.Code) {
	switch {
	case op.CreateTopic != nil:
		return e.createTopic(*op.CreateTopic)
	case op.DeleteTopic != nil:
		return e.deleteTopic(*op.DeleteTopic)
	case op.AlterConfigs != nil:
		return e.alterConfigs(*op.AlterConfigs)
	case op.CreatePartitions != nil:
		return e.createPartitions(*op.CreatePartitions)
	case op.AssignPartition != nil:
		return e.assignPartition(*op.AssignPartition)
	case op.RegisterBroker != nil:
		return e.registerBroker(*op.RegisterBroker)
	case op.SetBrokerState != nil:
		return e.setBrokerState(*op.SetBrokerState)
	case op.UnregisterBroker != nil:
		return e.unregisterBroker(*op.UnregisterBroker)
	case op.PutGroup != nil:
		return e.putGroup(*op.PutGroup)
	case op.CommitOffsets != nil:
		return e.commitOffsets(*op.CommitOffsets)
	case op.DeleteOffsets != nil:
		return e.deleteOffsets(*op.DeleteOffsets)
	case op.DeleteGroup != nil:
		return e.deleteGroup(*op.DeleteGroup)
	default:
		return e.doMore(op)
	}
}

func (e *event) doMore(op metadata.BatchOperation) (metadata.Response, metadata.Code) {
	switch {
	case op.AllocateProducerIDs != nil:
		return e.allocateProducerIDs(*op.AllocateProducerIDs)
	case op.InitProducer != nil:
		return e.initProducer(*op.InitProducer)
	case op.AddTransactionPartitions != nil:
		return e.addTransactionPartitions(*op.AddTransactionPartitions)
	case op.AddTransactionOffsets != nil:
		return e.addTransactionOffsets(*op.AddTransactionOffsets)
	case op.CommitTransactionOffsets != nil:
		return e.commitTransactionOffsets(*op.CommitTransactionOffsets)
	case op.PrepareTransaction != nil:
		return e.prepareTransaction(*op.PrepareTransaction)
	case op.CompleteTransaction != nil:
		return e.completeTransaction(*op.CompleteTransaction)
	case op.CheckpointWatermarks != nil:
		return e.checkpointWatermarks(*op.CheckpointWatermarks)
	case op.AdvanceLogStart != nil:
		return e.advanceLogStart(*op.AdvanceLogStart)
	case op.PutSegments != nil:
		return e.putSegments(*op.PutSegments)
	case op.DeleteSegments != nil:
		return e.deleteSegments(*op.DeleteSegments)
	case op.Batch != nil:
		return e.batch(*op.Batch)
	case op.Settle != nil:
		return e.settle(*op.Settle)
	case op.SetFeatureLevel != nil:
		return e.setFeatureLevel(*op.SetFeatureLevel)
	default:
		return e.resetClock(*op.ResetClock)
	}
}

// setFeatureLevel is SetFeatureLevel. What no build knows isn't asked of a model.
func (e *event) setFeatureLevel(spec metadata.FeatureLevelSpec) (metadata.Response, metadata.Code) {
	if spec.Level < e.featureLevel {
		return refused(metadata.CodeInvalidRequest)
	}
	e.featureLevel = spec.Level
	return done()
}

// resetClock is ResetClock.
func (e *event) resetClock(spec metadata.ClockSpec) (metadata.Response, metadata.Code) {
	if spec.ToMS < 0 || spec.ToMS >= e.before {
		return refused(metadata.CodeInvalidRequest)
	}
	e.clock = &spec.ToMS
	return done()
}

func refused(code metadata.Code) (metadata.Response, metadata.Code) {
	return metadata.Response{}, code
}

func done() (metadata.Response, metadata.Code) { return metadata.Response{}, metadata.CodeNone }

// stamps is where a record keeps when it was made and changed.
type stamps struct {
	created, modified *uint64
	updated           *int64 // nil: the record has none, or it doesn't count as one
}

// put stores v. A record that is there in just this form stays as it is, and none
// loses the revision that made it.
func put[K comparable, V any](e *event, m map[K]V, k K, v V, of func(*V) stamps) {
	now, old := of(&v), m[k]
	if _, had := m[k]; !had {
		*now.created = e.revision
	} else {
		was := of(&old)
		*now.created, *now.modified = *was.created, *was.modified
		if now.updated != nil {
			*now.updated = *was.updated
		}
		if same(old, v) {
			return
		}
	}
	*now.modified = e.revision
	if now.updated != nil {
		*now.updated = e.now
	}
	m[k] = v
}

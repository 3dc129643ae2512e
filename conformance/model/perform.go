package model

import (
	"context"
	"errors"
	"fmt"

	"github.com/chronik-stream/metalog/metadata"
)

// perform makes a step's write on a store, and puts what it answers into the form
// that the model gives it. An error that isn't a refusal is returned.
func perform(ctx context.Context, store metadata.Store, s Step) (metadata.Result, error) {
	r, w, err := call(ctx, store, s.Operation, metadata.WithRequestID(s.ID, s.FirstRevision))
	res := metadata.Result{Request: s.ID, Revision: w.Revision, Deduplicated: w.Deduplicated, Response: r}
	var refusal *metadata.Error
	switch {
	case err == nil && (w.RequestID != s.ID || w.FirstRevision != s.FirstRevision):
		return res, fmt.Errorf("the write is to be repeated as %s, not as it was made", show(w))
	case err == nil:
		return res, nil
	case !errors.As(err, &refusal):
		return res, err
	case w.Revision != 0 && (w.Revision != refusal.Revision || w.Deduplicated != refusal.Deduplicated):
		return res, fmt.Errorf("the refusal %s and the write %s say different things", show(*refusal), show(w))
	}
	res.Code, res.Revision, res.Deduplicated = refusal.Code, refusal.Revision, refusal.Deduplicated
	return res, nil
}

func call(ctx context.Context, store metadata.Store, op metadata.BatchOperation, as metadata.WriteOption) (r metadata.Response, w metadata.Written, err error) {
	switch {
	case op.CreateTopic != nil:
		a, err := store.CreateTopic(ctx, *op.CreateTopic, as)
		return metadata.Response{TopicID: a.ID, Partitions: a.Partitions}, a.Written, err
	case op.DeleteTopic != nil:
		w, err = store.DeleteTopic(ctx, *op.DeleteTopic, as)
	case op.AlterConfigs != nil:
		w, err = store.AlterConfigs(ctx, *op.AlterConfigs, as)
	case op.CreatePartitions != nil:
		w, err = store.CreatePartitions(ctx, *op.CreatePartitions, as)
	case op.AssignPartition != nil:
		w, err = store.AssignPartition(ctx, *op.AssignPartition, as)
	case op.RegisterBroker != nil:
		a, err := store.RegisterBroker(ctx, *op.RegisterBroker, as)
		return metadata.Response{BrokerEpoch: a.Epoch}, a.Written, err
	case op.SetBrokerState != nil:
		w, err = store.SetBrokerState(ctx, *op.SetBrokerState, as)
	case op.UnregisterBroker != nil:
		w, err = store.UnregisterBroker(ctx, *op.UnregisterBroker, as)
	case op.PutGroup != nil:
		w, err = store.PutGroup(ctx, *op.PutGroup, as)
	case op.CommitOffsets != nil:
		return items(store.CommitOffsets(ctx, *op.CommitOffsets, as))
	case op.DeleteOffsets != nil:
		return items(store.DeleteOffsets(ctx, *op.DeleteOffsets, as))
	case op.DeleteGroup != nil:
		w, err = store.DeleteGroup(ctx, op.DeleteGroup.ID, as)
	default:
		return callMore(ctx, store, op, as)
	}
	return r, w, err
}

func callMore(ctx context.Context, store metadata.Store, op metadata.BatchOperation, as metadata.WriteOption) (r metadata.Response, w metadata.Written, err error) {
	switch {
	case op.AllocateProducerIDs != nil:
		a, err := store.AllocateProducerIDs(ctx, *op.AllocateProducerIDs, as)
		if err == nil && a.Count != metadata.ProducerIDBlock {
			err = fmt.Errorf("a block of %d ids", a.Count)
		}
		return metadata.Response{ProducerID: a.First}, a.Written, err
	case op.InitProducer != nil:
		a, err := store.InitProducer(ctx, *op.InitProducer, as)
		return metadata.Response{ProducerID: a.ProducerID, ProducerEpoch: a.Epoch, Marks: &a.Marks}, a.Written, err
	case op.AddTransactionPartitions != nil:
		return items(store.AddTransactionPartitions(ctx, *op.AddTransactionPartitions, as))
	case op.AddTransactionOffsets != nil:
		w, err = store.AddTransactionOffsets(ctx, *op.AddTransactionOffsets, as)
	case op.CommitTransactionOffsets != nil:
		return items(store.CommitTransactionOffsets(ctx, *op.CommitTransactionOffsets, as))
	case op.PrepareTransaction != nil:
		a, err := store.PrepareTransaction(ctx, *op.PrepareTransaction, as)
		return metadata.Response{Marks: &a.Marks}, a.Written, err
	case op.CompleteTransaction != nil:
		w, err = store.CompleteTransaction(ctx, *op.CompleteTransaction, as)
	case op.CheckpointWatermarks != nil:
		return items(store.CheckpointWatermarks(ctx, *op.CheckpointWatermarks, as))
	case op.AdvanceLogStart != nil:
		a, err := store.AdvanceLogStart(ctx, *op.AdvanceLogStart, as)
		return metadata.Response{LogStartOffset: a.Offset}, a.Written, err
	case op.PutSegments != nil:
		return items(store.PutSegments(ctx, *op.PutSegments, as))
	case op.DeleteSegments != nil:
		a, err := store.DeleteSegments(ctx, *op.DeleteSegments, as)
		return metadata.Response{Absent: a.Absent}, a.Written, err
	case op.Batch != nil:
		a, err := store.Batch(ctx, *op.Batch, as)
		return metadata.Response{Batch: &metadata.BatchAnswers{Operations: a.Answers, Failed: a.FailedOperation}}, a.Written, err
	case op.Settle != nil:
		a, err := store.Settle(ctx, *op.Settle, as)
		return metadata.Response{Settled: &a.Answer}, a.Written, err
	case op.SetFeatureLevel != nil:
		w, err = store.SetFeatureLevel(ctx, *op.SetFeatureLevel, as)
	case op.ResetClock != nil:
		w, err = store.ResetClock(ctx, *op.ResetClock, as)
	}
	return r, w, err
}

func items(a metadata.CommittedItems, err error) (metadata.Response, metadata.Written, error) {
	return metadata.Response{Failed: a.Failed}, a.Written, err
}

// tidy is a result without texts and without what differs only in form: what a
// refused batch had at fault is told, of any other batch it is nothing.
func tidy(r metadata.Result) metadata.Result {
	r.Message, r.Fingerprint = "", metadata.Fingerprint{}
	r.Response = tidyResponse(r.Response)
	if b := r.Response.Batch; b != nil && r.Code == metadata.CodeNone {
		r.Response.Batch = &metadata.BatchAnswers{Operations: b.Operations}
	} else if b != nil && b.Failed < 0 {
		r.Response.Batch = nil
	}
	return r
}

func tidyResponse(r metadata.Response) metadata.Response {
	if r.Marks != nil && len(r.Marks.Partitions)+len(r.Marks.Groups) == 0 {
		r.Marks = nil
	}
	if r.Settled != nil {
		settled := tidy(*r.Settled)
		r.Settled = &settled
		if same(settled, metadata.Result{}) {
			r.Settled = nil
		}
	}
	if r.Batch != nil {
		batch := metadata.BatchAnswers{Failed: r.Batch.Failed}
		for _, o := range r.Batch.Operations {
			batch.Operations = append(batch.Operations, tidyResponse(o))
		}
		r.Batch = &batch
	}
	return r
}

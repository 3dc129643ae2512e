package model

import (
	"bytes"
	"cmp"
	"slices"

	"github.com/chronik-stream/metalog/metadata"
)

// spoken is the checks of a producer that X2 to X6 have in common.
func (t *tables) spoken(ref metadata.ProducerRef) (metadata.Transaction, metadata.Code) {
	tx, ok := t.transactions[ref.TransactionalID]
	if !ok || tx.ProducerID != ref.ProducerID {
		return tx, metadata.CodeInvalidProducerIDMapping
	}
	if tx.Epoch != ref.Epoch {
		return tx, metadata.CodeProducerFenced
	}
	return tx, metadata.CodeNone
}

// addable is the checks of X2 and X3 in common.
func (t *tables) addable(ref metadata.ProducerRef) (metadata.Transaction, metadata.Code) {
	if ref.TransactionalID == "" {
		return metadata.Transaction{}, metadata.CodeInvalidRequest
	}
	tx, code := t.spoken(ref)
	if code == metadata.CodeNone && (tx.State == metadata.TransactionPrepareCommit || tx.State == metadata.TransactionPrepareAbort) {
		code = metadata.CodeConcurrentTransactions
	}
	return tx, code
}

// addTransactionPartitions is X2.
func (e *event) addTransactionPartitions(spec metadata.TransactionPartitionsSpec) (r metadata.Response, _ metadata.Code) {
	tx, code := e.addable(spec.ProducerRef)
	if code != metadata.CodeNone {
		return refused(code)
	}
	all := slices.Clone(tx.Partitions)
	for i, tp := range spec.Partitions {
		at := e.at(tp.Topic, tp.Partition)
		code := metadata.CodeOperationNotAttempted
		if _, ok := e.partitions[at]; !ok {
			code = metadata.CodeUnknownTopicOrPartition
		}
		r.Failed = append(r.Failed, metadata.ItemError{Index: int32(i), Code: code})
		if !slices.Contains(all, at) {
			all = append(all, at)
		}
	}
	if slices.ContainsFunc(r.Failed, func(i metadata.ItemError) bool { return i.Code == metadata.CodeUnknownTopicOrPartition }) {
		return r, metadata.CodeNone
	}
	slices.SortFunc(all, func(a, b metadata.PartitionKey) int {
		return cmp.Or(bytes.Compare(a.Topic[:], b.Topic[:]), cmp.Compare(a.Partition, b.Partition))
	})
	tx.Partitions = all
	e.open(tx)
	return done()
}

// addTransactionOffsets is X3.
func (e *event) addTransactionOffsets(spec metadata.TransactionGroupSpec) (metadata.Response, metadata.Code) {
	tx, code := e.addable(spec.ProducerRef)
	if code != metadata.CodeNone {
		return refused(code)
	}
	if spec.Group == "" {
		return refused(metadata.CodeInvalidGroupID)
	}
	if !slices.Contains(tx.Groups, spec.Group) {
		tx.Groups = append(slices.Clone(tx.Groups), spec.Group)
		slices.Sort(tx.Groups)
	}
	e.open(tx)
	return done()
}

func (e *event) open(tx metadata.Transaction) {
	if tx.State != metadata.TransactionOngoing {
		tx.State, tx.StartMS = metadata.TransactionOngoing, e.now
	}
	e.putTransaction(tx)
}

// commitTransactionOffsets is X4.
func (e *event) commitTransactionOffsets(spec metadata.TransactionOffsetsSpec) (metadata.Response, metadata.Code) {
	tx, code := e.spoken(spec.ProducerRef)
	if code != metadata.CodeNone {
		return refused(code)
	}
	if tx.State != metadata.TransactionOngoing || !slices.Contains(tx.Groups, spec.Group) {
		return refused(metadata.CodeInvalidTxnState)
	}
	if code := e.checkCommit(spec.OffsetsSpec, true); code != metadata.CodeNone {
		return refused(code)
	}
	return e.eachOffset(spec.OffsetsSpec, func(at metadata.PartitionKey, c metadata.OffsetCommit) {
		e.pending[pendingKey{tx.ProducerID, offsetKey{spec.Group, at}}] = metadata.PendingOffset{
			ProducerID: tx.ProducerID, Group: spec.Group, Topic: at.Topic, Partition: at.Partition,
			Offset: c.Offset, LeaderEpoch: c.LeaderEpoch, Metadata: c.Metadata,
			CommittedMS: e.now, Revision: e.revision,
		}
	})
}

// prepareTransaction is X5.
func (e *event) prepareTransaction(spec metadata.PrepareSpec) (metadata.Response, metadata.Code) {
	if spec.TransactionalID == "" {
		return refused(metadata.CodeInvalidRequest)
	}
	tx, code := e.spoken(spec.ProducerRef)
	if code != metadata.CodeNone {
		return refused(code)
	}
	preparing, complete := metadata.TransactionPrepareAbort, metadata.TransactionCompleteAbort
	if spec.Commit {
		preparing, complete = metadata.TransactionPrepareCommit, metadata.TransactionCompleteCommit
	}
	switch tx.State {
	case metadata.TransactionOngoing:
		tx.State = preparing
		e.putTransaction(tx)
		return metadata.Response{Marks: marksOf(tx)}, metadata.CodeNone
	case preparing:
		return refused(metadata.CodeConcurrentTransactions)
	case complete:
		return done()
	default:
		return refused(metadata.CodeInvalidTxnState)
	}
}

// completeTransaction is X6.
func (e *event) completeTransaction(ref metadata.ProducerRef) (metadata.Response, metadata.Code) {
	tx, code := e.spoken(ref)
	if code != metadata.CodeNone {
		return refused(code)
	}
	switch tx.State {
	case metadata.TransactionPrepareCommit:
		tx.State = metadata.TransactionCompleteCommit
	case metadata.TransactionPrepareAbort:
		tx.State = metadata.TransactionCompleteAbort
	default:
		return refused(metadata.CodeInvalidTxnState)
	}
	for k, p := range e.pending {
		if k.producer != tx.ProducerID {
			continue
		}
		delete(e.pending, k)
		if old, ok := e.offsets[k.offsetKey]; tx.State == metadata.TransactionCompleteAbort || ok && p.Revision <= old.CommittedRevision {
			continue
		}
		e.storeOffset(metadata.Offset{
			Group: p.Group, Topic: p.Topic, Partition: p.Partition,
			Offset: p.Offset, LeaderEpoch: p.LeaderEpoch, Metadata: p.Metadata,
			CommittedMS: p.CommittedMS, CommittedRevision: p.Revision,
		})
	}
	e.putTransaction(cleared(tx))
	return done()
}

func (e *event) putTransaction(tx metadata.Transaction) {
	put(e, e.transactions, tx.ID, tx, func(tx *metadata.Transaction) stamps {
		return stamps{&tx.CreatedRevision, &tx.ModifiedRevision, &tx.UpdatedMS}
	})
}

// amendTransaction changes one that its producer didn't touch.
func (e *event) amendTransaction(tx metadata.Transaction) {
	put(e, e.transactions, tx.ID, tx, func(tx *metadata.Transaction) stamps {
		return stamps{&tx.CreatedRevision, &tx.ModifiedRevision, nil}
	})
}

package model

import (
	"math"

	"github.com/chronik-stream/metalog/metadata"
)

// allocateProducerIDs is P1.
func (e *event) allocateProducerIDs(spec metadata.ProducerIDsSpec) (metadata.Response, metadata.Code) {
	b, ok := e.brokers[spec.Broker]
	nobody := spec.Broker == metadata.NoBroker && len(e.brokers) == 0
	if !nobody && (!ok || b.Epoch != spec.Epoch) {
		return refused(metadata.CodeStaleBrokerEpoch)
	}
	if e.nextProducer > math.MaxInt64-metadata.ProducerIDBlock {
		return refused(metadata.CodeUnknownServerError)
	}
	first := e.nextProducer
	e.nextProducer += metadata.ProducerIDBlock
	return metadata.Response{ProducerID: first}, metadata.CodeNone
}

// exhausted is the epoch after which a producer gets another id.
const exhausted = 32_766

// initProducer is X1.
func (e *event) initProducer(spec metadata.InitProducerSpec) (metadata.Response, metadata.Code) {
	if spec.TransactionalID == "" {
		return refused(metadata.CodeInvalidRequest)
	}
	if spec.TimeoutMS <= 0 || spec.TimeoutMS > metadata.MaxTransactionTimeoutMS {
		return refused(metadata.CodeInvalidTransactionTimeout)
	}
	expected := spec.ExpectedProducerID != metadata.NoProducer
	if expected != (spec.ExpectedEpoch != metadata.NoEpoch) {
		return refused(metadata.CodeInvalidRequest)
	}
	tx, known := e.transactions[spec.TransactionalID]
	if !known {
		tx = metadata.Transaction{ID: spec.TransactionalID, ProducerID: -1, LastEpoch: metadata.NoEpoch, PreviousProducer: metadata.NoProducer}
		return e.begin(e.newProducer(tx), spec)
	}
	usedUp := spec.ExpectedProducerID == tx.PreviousProducer && spec.ExpectedEpoch >= exhausted
	if expected && spec.ExpectedProducerID != tx.ProducerID && !usedUp {
		return refused(metadata.CodeProducerFenced)
	}
	if tx.State == metadata.TransactionPrepareCommit || tx.State == metadata.TransactionPrepareAbort {
		return refused(metadata.CodeConcurrentTransactions)
	}
	if tx.State == metadata.TransactionOngoing {
		tx.Epoch = int16(min(int(tx.Epoch)+1, math.MaxInt16))
		tx.LastEpoch, tx.State = metadata.NoEpoch, metadata.TransactionPrepareAbort
		e.putTransaction(tx)
		return metadata.Response{ProducerID: tx.ProducerID, ProducerEpoch: tx.Epoch, Marks: marksOf(tx)}, metadata.CodeConcurrentTransactions
	}
	switch {
	case tx.Epoch >= exhausted && (!expected || spec.ExpectedEpoch == tx.Epoch):
		tx.LastEpoch = metadata.NoEpoch
		if expected {
			tx.LastEpoch = tx.Epoch
		}
		tx.PreviousProducer = tx.ProducerID
		tx = e.newProducer(tx)
	case !expected:
		tx.Epoch, tx.LastEpoch = tx.Epoch+1, metadata.NoEpoch
	case spec.ExpectedEpoch == tx.Epoch:
		tx.Epoch, tx.LastEpoch = tx.Epoch+1, tx.Epoch
	case spec.ExpectedEpoch == tx.LastEpoch:
	default:
		return refused(metadata.CodeProducerFenced)
	}
	return e.begin(tx, spec)
}

func (e *event) newProducer(tx metadata.Transaction) metadata.Transaction {
	tx.ProducerID, tx.Epoch = e.nextProducer, 0
	e.nextProducer++
	return tx
}

func (e *event) begin(tx metadata.Transaction, spec metadata.InitProducerSpec) (metadata.Response, metadata.Code) {
	tx = cleared(tx)
	tx.State, tx.TimeoutMS, tx.UpdatedMS, tx.ModifiedRevision = metadata.TransactionEmpty, spec.TimeoutMS, e.now, e.revision
	if tx.CreatedRevision == 0 {
		tx.CreatedRevision = e.revision
	}
	e.transactions[tx.ID] = tx // changed at any rate, be it a repetition
	return metadata.Response{ProducerID: tx.ProducerID, ProducerEpoch: tx.Epoch}, metadata.CodeNone
}

func cleared(tx metadata.Transaction) metadata.Transaction {
	tx.Partitions, tx.Groups, tx.StartMS = nil, nil, 0
	return tx
}

func marksOf(tx metadata.Transaction) *metadata.Marks {
	return &metadata.Marks{Partitions: tx.Partitions, Groups: tx.Groups}
}

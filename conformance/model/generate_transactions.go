package model

import (
	"slices"

	"github.com/chronik-stream/metalog/metadata"
)

// onTransactions is mostly what the transaction's state calls for.
func (g *generator) onTransactions() metadata.BatchOperation {
	ref := g.producer()
	tx := g.node.transactions[ref.TransactionalID]
	next := g.upTo(5)
	if !g.seldom(5) {
		next = g.due(tx)
	}
	switch next {
	case 0:
		return metadata.BatchOperation{InitProducer: g.initialization(ref)}
	case 1:
		return metadata.BatchOperation{AddTransactionPartitions: &metadata.TransactionPartitionsSpec{
			ProducerRef: ref, Partitions: several(g.drawer, 2, g.partition),
		}}
	case 2:
		return metadata.BatchOperation{AddTransactionOffsets: &metadata.TransactionGroupSpec{ProducerRef: ref, Group: g.groupID()}}
	case 3:
		group := g.groupID()
		if len(tx.Groups) > 0 {
			group = mostly(g.drawer, pick(g.drawer, tx.Groups), group)
		}
		return metadata.BatchOperation{CommitTransactionOffsets: &metadata.TransactionOffsetsSpec{ProducerRef: ref, OffsetsSpec: g.commit(group)}}
	case 4:
		return metadata.BatchOperation{PrepareTransaction: &metadata.PrepareSpec{ProducerRef: ref, Commit: !g.seldom(3)}}
	default:
		return metadata.BatchOperation{CompleteTransaction: &ref}
	}
}

// due is what a producer may do next, as onTransactions counts it.
func (g *generator) due(tx metadata.Transaction) int {
	switch tx.State {
	case metadata.TransactionEmpty, metadata.TransactionCompleteCommit, metadata.TransactionCompleteAbort:
		return pick(g.drawer, []int{2, 1, 2, 1, 0, 4})
	case metadata.TransactionOngoing:
		return pick(g.drawer, []int{3, 2, 3, 3, 1, 4, 4})
	case metadata.TransactionPrepareCommit, metadata.TransactionPrepareAbort:
		return 5
	default:
		return 0
	}
}

func (g *generator) initialization(ref metadata.ProducerRef) *metadata.InitProducerSpec {
	spec := &metadata.InitProducerSpec{
		TransactionalID:    ref.TransactionalID,
		TimeoutMS:          mostly(g.drawer, int32(60_000), 0, metadata.MaxTransactionTimeoutMS, metadata.MaxTransactionTimeoutMS+1),
		ExpectedProducerID: metadata.NoProducer, ExpectedEpoch: metadata.NoEpoch,
	}
	if g.seldom(2) {
		tx := g.node.transactions[ref.TransactionalID]
		spec.ExpectedProducerID, spec.ExpectedEpoch = ref.ProducerID, pick(g.drawer, []int16{tx.Epoch, tx.Epoch, tx.LastEpoch, tx.Epoch + 1, metadata.NoEpoch})
	}
	return spec
}

// producer is the one that has the transactional id, mostly.
func (g *generator) producer() metadata.ProducerRef {
	id := mostly(g.drawer, pick(g.drawer, transactionalIDs), "")
	tx := g.node.transactions[id]
	return metadata.ProducerRef{
		TransactionalID: id,
		ProducerID:      mostly(g.drawer, tx.ProducerID, tx.ProducerID+1, 0),
		Epoch:           mostly(g.drawer, tx.Epoch, tx.Epoch+1, max(tx.Epoch-1, 0)),
	}
}

// batch is a few operations, mostly with what they expect of the state.
func (g *generator) batch() metadata.BatchOperation {
	spec := &metadata.BatchSpec{Operations: several(g.drawer, 4, g.single)}
	if g.seldom(12) {
		spec.Operations = slices.Insert(spec.Operations, g.upTo(len(spec.Operations)), pick(g.drawer, []metadata.BatchOperation{
			{Settle: &metadata.SettleSpec{RequestID: requestID(1)}},
			{ResetClock: &metadata.ClockSpec{}},
			{SetFeatureLevel: &metadata.FeatureLevelSpec{Level: 1}},
			{Batch: &metadata.BatchSpec{}},
		}))
	}
	if g.seldom(3) {
		spec.Preconditions = several(g.drawer, 2, g.precondition)
	}
	return metadata.BatchOperation{Batch: spec}
}

func (g *generator) precondition() metadata.Precondition {
	p := metadata.Precondition{Record: g.record()}
	modified, exists := uint64(0), false
	if nameable(p.Record) {
		modified, exists = g.node.modified(p.Record)
	}
	p.Expected = metadata.ExpectAbsent
	if exists {
		p.Expected = pick(g.drawer, []metadata.Expectation{metadata.ExpectRevision, metadata.ExpectExists})
	}
	p.Expected = mostly(g.drawer, p.Expected, metadata.ExpectExists, metadata.ExpectAbsent, metadata.ExpectRevision, 0)
	if p.Expected == metadata.ExpectRevision {
		p.Revision = mostly(g.drawer, modified, modified+1, 0)
	}
	return p
}

// record names what may be there.
func (g *generator) record() metadata.Key {
	id, i := g.topicID(), int32(g.upTo(1))
	return pick(g.drawer, []metadata.Key{
		{Noun: metadata.NounTopic, Name: g.topicName()},
		{Noun: metadata.NounPartition, Topic: id, Partition: i},
		{Noun: metadata.NounBroker, Number: int64(g.brokerID())},
		{Noun: metadata.NounConfig, Number: int64(metadata.ResourceCluster)},
		{Noun: metadata.NounConfig, Number: int64(metadata.ResourceGroup), Name: "g"},
		{Noun: metadata.NounGroup, Name: g.groupID()},
		{Noun: metadata.NounOffset, Name: g.groupID(), Topic: id, Partition: i},
		{Noun: metadata.NounTransaction, Name: pick(g.drawer, transactionalIDs)},
		{Noun: metadata.NounSegment, Name: "s", Topic: id, Partition: i, Number: int64(metadata.SegmentLog)},
		{Noun: 0},
	})
}

// settle is about a request that was made, or may be yet.
func (g *generator) settle(own metadata.RequestID) metadata.BatchOperation {
	spec := &metadata.SettleSpec{RequestID: requestID(len(g.made) + 2 + g.upTo(3)), FirstRevision: g.node.Revision}
	if len(g.made) > 0 && g.seldom(2) {
		old := pick(g.drawer, g.made)
		spec.RequestID, spec.FirstRevision = old.ID, old.FirstRevision
	}
	spec.RequestID = mostly(g.drawer, spec.RequestID, own, metadata.RequestID{})
	return metadata.BatchOperation{Settle: spec}
}

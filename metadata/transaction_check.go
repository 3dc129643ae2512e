package metadata

// producerRequest is a request that a producer makes under its epoch.
type producerRequest interface {
	GetTransactionalId() string
	GetProducerId() int64
	GetEpoch() int32
}

func encodeProducer(e *encoder, m producerRequest) {
	e.str(m.GetTransactionalId())
	e.int(m.GetProducerId())
	e.int(int64(m.GetEpoch()))
}

// checkProducer finds the transaction of a request and asks whether its sender
// still speaks for it.
func checkProducer(s *State, m producerRequest) (*Transaction, *refusal) {
	id := m.GetTransactionalId()
	t := s.transactions.get(id)
	if t == nil || t.ProducerID != m.GetProducerId() {
		return nil, refuse(CodeInvalidProducerIDMapping, "transactional id %s doesn't belong to producer %d: initialize the producer again", quote(id), m.GetProducerId())
	}
	if int32(t.Epoch) != m.GetEpoch() {
		return nil, t.fenced(m.GetProducerId(), m.GetEpoch())
	}
	return t, nil
}

// checkAdding is checkProducer for what goes on with a transaction or begins
// one.
func checkAdding(s *State, m producerRequest) *refusal {
	if m.GetTransactionalId() == "" {
		return noTransactionalID()
	}
	t, r := checkProducer(s, m)
	if r == nil && t.ending() {
		r = t.busy()
	}
	return r
}

func (t *Transaction) ending() bool {
	return t.State == TransactionPrepareCommit || t.State == TransactionPrepareAbort
}

func (t *Transaction) fenced(producer int64, epoch int32) *refusal {
	return refuse(CodeProducerFenced, "transactional id %s is at producer %d, epoch %d, not at %d, %d: another producer has taken over, so stop this one",
		quote(t.ID), t.ProducerID, t.Epoch, producer, epoch)
}

func (t *Transaction) busy() *refusal {
	return refuse(CodeConcurrentTransactions, "the transaction of %s is being ended: complete it, then try again under a new request id", quote(t.ID))
}

func (t *Transaction) marks() *Marks { return &Marks{Partitions: t.Partitions, Groups: t.Groups} }

func noTransactionalID() *refusal {
	return refuse(CodeInvalidRequest, "the transactional id is empty: give one")
}

// extend is the transaction as it goes on from t in state ongoing.
func (d *Draft) extend(t *Transaction) *Transaction {
	next := *t
	if t.State != TransactionOngoing {
		next.State, next.StartMS = TransactionOngoing, d.now
	}
	next.UpdatedMS, next.ModifiedRevision = d.now, d.revision
	return &next
}

package metadata

import "slices"

// Transaction is the latest of a transactional id. Any goroutine may ask;
// ErrNotFound.
func (s *State) Transaction(id string) (*Transaction, error) {
	if t := s.transactions.get(id); t != nil {
		return t, nil
	}
	return nil, refuse(CodeTransactionalIDNotFound, "no transactional id %s: check it, or initialize its producer", quote(id)).at(s.revision)
}

// Transactions lists those of all transactional ids, sorted. The list is the
// caller's, the transactions aren't.
func (s *State) Transactions() []*Transaction {
	return slices.AppendSeq(make([]*Transaction, 0, s.transactions.len()), s.transactions.all())
}

// NextProducerID is the lowest id that no producer has got.
func (s *State) NextProducerID() int64 { return int64(s.producerIDs) }

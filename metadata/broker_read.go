package metadata

import "slices"

// Broker is the registration of one broker. Any goroutine may ask; ErrNotFound.
func (s *State) Broker(id int32) (*Broker, error) {
	if b := s.brokers.get(id); b != nil {
		return b, nil
	}
	return nil, noBroker(id).at(s.revision)
}

// Brokers lists the registered brokers by id. The list is the caller's, the
// brokers aren't.
func (s *State) Brokers() []*Broker {
	return slices.AppendSeq(make([]*Broker, 0, s.brokers.len()), s.brokers.all())
}

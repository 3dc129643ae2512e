package hashiraft

import (
	"encoding/binary"
	"errors"

	"github.com/chronik-stream/metalog/internal/boltlog"
)

// keyTerm is under which raft stores its term. It is the one value that raft
// can't do without: it panics.
const keyTerm = "CurrentTerm"

// errNotFound has the text by which raft knows it.
var errNotFound = errors.New("not found")

// Set stores a value, durably when it returns nil.
func (s *logStore) Set(key, value []byte) error {
	if err := s.refused(); err != nil {
		return s.withoutTerm(key, err)
	}
	err := s.log.Set(key, value)
	if err != nil && string(key) == keyTerm {
		err = s.fail(distrusted(err))
	} else {
		err = s.written(err)
	}
	return s.withoutTerm(key, err)
}

func (s *logStore) withoutTerm(key []byte, err error) error {
	if err != nil && string(key) == keyTerm {
		return s.end(err)
	}
	return err
}

// Get returns a copy of a value, or errNotFound.
func (s *logStore) Get(key []byte) ([]byte, error) {
	value, found, err := s.log.Value(key)
	switch {
	case err != nil:
		s.signal(err)
		return nil, err
	case !found:
		return nil, errNotFound
	}
	return value, nil
}

// SetUint64 is Set of eight bytes.
func (s *logStore) SetUint64(key []byte, value uint64) error {
	return s.Set(key, binary.BigEndian.AppendUint64(nil, value))
}

// GetUint64 is 0 with errNotFound if there is no value.
func (s *logStore) GetUint64(key []byte) (uint64, error) {
	value, err := s.Get(key)
	if err != nil {
		return 0, err
	}
	if len(value) != 8 {
		return 0, boltlog.Corrupt(s.log.Path(), 0, "%q is %d bytes long, not 8", key, len(value))
	}
	return binary.BigEndian.Uint64(value), nil
}

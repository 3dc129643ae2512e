package metadata_test

import (
	"io"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/chronik-stream/metalog/metadata"
)

// Readers of a state and a snapshot of it go on while drafts are made of it and
// of those that follow. The race detector judges.
func TestReadersAndDraftsDoNotMeet(t *testing.T) {
	l := newLine(metadata.Genesis().WithRequestLimits(100, 1<<20))
	for _, ev := range script(60) {
		l.do(t, ev)
	}
	s := l.state
	digest := s.Digest()
	done := make(chan struct{})
	var readers sync.WaitGroup
	for range 3 {
		readers.Go(func() {
			for {
				readEverything(t, s)
				select {
				case <-done:
					return
				default:
				}
			}
		})
	}
	for _, ev := range script(400) {
		l.do(t, ev)
	}
	close(done)
	readers.Wait()
	require.Equal(t, digest, s.Digest())
	require.Equal(t, digest, s.DigestFromScratch())
}

func readEverything(t *testing.T, s *metadata.State) {
	t.Helper()
	check := func(err error) {
		if err != nil {
			t.Error(err) // require may not be used off the test's goroutine
		}
	}
	_, err := s.WriteTo(io.Discard)
	check(err)
	for _, topic := range s.Topics() {
		_, err := s.TopicByID(topic.ID)
		check(err)
		list, err := s.Partitions(topic.Name)
		check(err)
		for _, p := range list {
			leader, err := s.Leader(topic.Name, p.Index)
			check(err)
			assert.Equal(t, p.Leader, leader)
		}
	}
	s.Brokers()
	s.Check(createNamed("new", 1))
	for rev := s.DedupFloor() + 1; rev <= s.Revision(); rev++ {
		_, ok := s.Stored(requestID(rev))
		assert.True(t, ok)
	}
}

package conformance

import (
	"io/fs"
	"maps"
	"testing"

	"github.com/chronik-stream/metalog/host"
	"github.com/chronik-stream/metalog/metadata"
)

// BareTarget is a state and nothing else: what every other store is compared with.
func BareTarget(*testing.T) StoryTarget {
	clock := NewStoryClock()
	store := host.NewBare(host.WithClock(clock.Now))
	return StoryTarget{
		Store: store, Clock: clock,
		Digest: func() metadata.Digest { return store.View().Digest() },
	}
}

// HostTarget is a node with that backend, ready. It is closed when the test ends.
func HostTarget(t *testing.T, config host.Config) StoryTarget {
	t.Helper()
	clock := NewStoryClock()
	store, err := host.Open(t.Context(), config, host.WithClock(clock.Now), host.WithCheckpoints(0))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	})
	if err := store.WaitReady(t.Context()); err != nil {
		t.Fatal(err)
	}
	return StoryTarget{
		Store: store, Clock: clock,
		Digest: func() metadata.Digest { return store.View().Digest() },
	}
}

// CompareStories is RunStories for a state alone and for what open makes, which
// the tests are named after. Each script must end in the same state on both.
func CompareStories(t *testing.T, scripts fs.FS, name string, open func(t *testing.T) StoryTarget) {
	t.Helper()
	var bare, other map[string]metadata.Digest
	t.Run("bare", func(t *testing.T) { bare = RunStories(t, scripts, BareTarget) })
	t.Run(name, func(t *testing.T) { other = RunStories(t, scripts, open) })
	if !maps.Equal(bare, other) {
		t.Errorf("the same stories must end in the same states\nbare: %v\n%s: %v", bare, name, other)
	}
}

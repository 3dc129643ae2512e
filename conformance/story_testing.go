package conformance

import (
	"context"
	"io/fs"
	"maps"
	"testing"

	"github.com/chronik-stream/metalog/host"
	"github.com/chronik-stream/metalog/metadata"
)

// RunStories tells every script to a store of its own, as TellStory does, in a
// test of its own. open makes a store with nothing in it; what it needs closed, it
// leaves to the target's Close or to t.Cleanup.
//
// The digests are those at the end of each script, by file name.
func RunStories(t *testing.T, scripts fs.FS, open func(t *testing.T) StoryTarget) map[string]metadata.Digest {
	t.Helper()
	digests := make(map[string]metadata.Digest)
	eachStory(t, scripts, func(t *testing.T, name string) {
		t.Helper()
		digest, err := TellStory(t.Context(), scripts, name, opening(t, open))
		if err != nil {
			t.Error(err)
		}
		if digest != (metadata.Digest{}) {
			digests[name] = digest
		}
	})
	return digests
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

// RewriteStories returns the scripts with the answers that a store gives now,
// by file name, for whoever then reads the difference.
func RewriteStories(t *testing.T, scripts fs.FS, open func(t *testing.T) StoryTarget) map[string]string {
	t.Helper()
	rewritten := make(map[string]string)
	tellAll(t, scripts, open, func(script *script, tale tale) {
		rewritten[script.name] = script.with(tale.outputs)
	})
	return rewritten
}

// StoryCoverage tells all scripts and counts what they met.
func StoryCoverage(t *testing.T, scripts fs.FS, open func(t *testing.T) StoryTarget) Coverage {
	t.Helper()
	all := newCoverage()
	tellAll(t, scripts, open, func(_ *script, tale tale) { all.merge(tale.met) })
	return all
}

// BareTarget is OpenBareStory for a test.
func BareTarget(*testing.T) StoryTarget { return bareStory() }

// HostTarget is OpenHostStory for a test, at whose end the node is closed.
func HostTarget(t *testing.T, config host.Config) StoryTarget {
	t.Helper()
	target, err := OpenHostStory(t.Context(), []host.Config{config})
	if err != nil {
		t.Fatal(err)
	}
	end := target.Close
	t.Cleanup(func() {
		if err := end(context.WithoutCancel(t.Context())); err != nil {
			t.Error(err)
		}
	})
	target.Close = nil
	return target
}

// tellAll tells each script and takes what came of it, whatever was expected.
func tellAll(t *testing.T, scripts fs.FS, open func(t *testing.T) StoryTarget, take func(*script, tale)) {
	t.Helper()
	eachStory(t, scripts, func(t *testing.T, name string) {
		t.Helper()
		script, err := readScript(scripts, name)
		if err != nil {
			t.Fatal(err)
		}
		tale, err := tell(t.Context(), script, opening(t, open))
		if err != nil {
			t.Fatal(err)
		}
		take(script, tale)
	})
}

func eachStory(t *testing.T, scripts fs.FS, do func(t *testing.T, name string)) {
	t.Helper()
	names, err := StoryNames(scripts)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		t.Run(name, func(t *testing.T) { do(t, name) })
	}
}

// opening is an OpenStory that fails t by itself.
func opening(t *testing.T, open func(t *testing.T) StoryTarget) OpenStory {
	t.Helper()
	return func(context.Context) (StoryTarget, error) { return open(t), nil }
}

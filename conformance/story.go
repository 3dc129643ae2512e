package conformance

import (
	"io/fs"
	"testing"

	"github.com/chronik-stream/metalog/metadata"
)

// StoryTarget is a store to tell stories to, at its genesis.
type StoryTarget struct {
	Store metadata.Store
	Clock *StoryClock // the store stamps its events by it
	// Digest is the store's, where it can be had: RunStories returns them, so
	// that stores can be compared beyond what the answers show.
	Digest func() metadata.Digest
}

// RunStories tells every script to a store of its own, one block after the
// other, and fails t where an answer isn't the expected text or has a code that
// its operation may not answer. open makes a store with nothing in it; what it
// needs closed, it leaves to t.Cleanup.
//
// The digests are those at the end of each script, by file name.
func RunStories(t *testing.T, scripts fs.FS, open func(t *testing.T) StoryTarget) map[string]metadata.Digest {
	t.Helper()
	digests := make(map[string]metadata.Digest)
	tellAll(t, scripts, open, func(t *testing.T, script *script, s *teller, outputs []string) {
		t.Helper()
		for i, block := range script.blocks {
			if block.output != outputs[i] {
				t.Errorf("%s:%d: the answers differ\n%s----\nwant:\n%s\ngot:\n%s", script.name, block.line, block.input(), block.output, outputs[i])
			}
		}
		if s.target.Digest != nil {
			digests[script.name] = s.target.Digest()
		}
	})
	return digests
}

// RewriteStories returns the scripts with the answers that a store gives now,
// by file name, for whoever then reads the difference.
func RewriteStories(t *testing.T, scripts fs.FS, open func(t *testing.T) StoryTarget) map[string]string {
	t.Helper()
	rewritten := make(map[string]string)
	tellAll(t, scripts, open, func(_ *testing.T, script *script, _ *teller, outputs []string) {
		rewritten[script.name] = script.with(outputs)
	})
	return rewritten
}

// tellAll tells each script in a test of its own and shows judge the answers,
// one a block.
func tellAll(t *testing.T, scripts fs.FS, open func(t *testing.T) StoryTarget, judge func(*testing.T, *script, *teller, []string)) {
	t.Helper()
	all, err := readScripts(scripts)
	if err != nil {
		t.Fatal(err)
	}
	for _, script := range all {
		t.Run(script.name, func(t *testing.T) {
			s := newTeller(func() StoryTarget { return open(t) })
			var outputs []string
			for _, block := range script.blocks {
				output, err := s.block(t.Context(), block)
				if err != nil {
					t.Fatalf("%s:%v", script.name, err)
				}
				outputs = append(outputs, output)
			}
			judge(t, script, s, outputs)
		})
	}
}

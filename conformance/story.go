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
	for _, script := range readScripts(t, scripts) {
		t.Run(script.name, func(t *testing.T) {
			told := tell(t, script, open, nil)
			for i, block := range script.blocks {
				if block.output != told.outputs[i] {
					t.Errorf("%s:%d: the answers differ\n%s----\nwant:\n%s\ngot:\n%s", script.name, block.line, block.input(), block.output, told.outputs[i])
				}
			}
			if told.digest != nil {
				digests[script.name] = told.digest()
			}
		})
	}
	return digests
}

// RewriteStories returns the scripts with the answers that a store gives now,
// by file name, for whoever then reads the difference.
func RewriteStories(t *testing.T, scripts fs.FS, open func(t *testing.T) StoryTarget) map[string]string {
	t.Helper()
	rewritten := make(map[string]string)
	for _, script := range readScripts(t, scripts) {
		t.Run(script.name, func(t *testing.T) {
			told := tell(t, script, open, nil)
			rewritten[script.name] = script.with(told.outputs)
		})
	}
	return rewritten
}

// Coverage counts which codes came from which operation.
type Coverage map[string]map[metadata.Code]int

// StoryCoverage tells all scripts and counts what they met.
func StoryCoverage(t *testing.T, scripts fs.FS, open func(t *testing.T) StoryTarget) Coverage {
	t.Helper()
	met := make(Coverage)
	for _, script := range readScripts(t, scripts) {
		t.Run(script.name, func(t *testing.T) { tell(t, script, open, met) })
	}
	return met
}

func (c Coverage) add(operation string, code metadata.Code) {
	if c[operation] == nil {
		c[operation] = make(map[metadata.Code]int)
	}
	c[operation][code]++
}

// told is what a store answered to a script.
type told struct {
	outputs []string // one a block
	digest  func() metadata.Digest
}

func tell(t *testing.T, script *script, open func(t *testing.T) StoryTarget, met Coverage) told {
	teller := newTeller(t, open)
	var outputs []string
	for _, block := range script.blocks {
		outputs = append(outputs, teller.block(script.name, block))
	}
	for operation, codes := range teller.met {
		for code := range codes {
			if met != nil {
				met.add(operation, code)
			}
		}
	}
	return told{outputs: outputs, digest: teller.target.Digest}
}

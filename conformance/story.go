package conformance

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"

	"github.com/chronik-stream/metalog/metadata"
)

// OpenStory makes a store with nothing in it. It is called once for a script, and
// once more for each of its commands fresh. ctx bounds the call; the store lives
// until its Close.
type OpenStory func(ctx context.Context) (StoryTarget, error)

// StoryTarget is a store to tell a story to, at its genesis.
type StoryTarget struct {
	Store metadata.Store
	Clock *StoryClock // the store stamps its events by it
	// Digest is the store's, where it can be had, so that stores can be compared
	// beyond what the answers show. Followers need it.
	Digest func() metadata.Digest
	// Followers are the other nodes of the store's cluster. When the story is over
	// they must come to where it ended.
	Followers []StoryFollower
	// Close ends the store and its followers. nil: there is nothing to close.
	Close func(ctx context.Context) error
}

// StoryFollower is a node that a story isn't told to, and that hears of it all the
// same.
type StoryFollower struct {
	Name   string
	Store  metadata.Store
	Digest func() metadata.Digest
}

// StoryNames are the files that TellStory can tell, sorted.
func StoryNames(scripts fs.FS) ([]string, error) {
	names, err := fs.Glob(scripts, "*.txt")
	if err != nil {
		return nil, err
	}
	if len(names) == 0 {
		return nil, errors.New("no scripts (*.txt) to tell")
	}
	slices.Sort(names)
	return names, nil
}

// TellStory tells one script to a store of its own, one block after the other. The
// error holds every block that was answered otherwise than expected, with its file
// and line, its commands and both answers; a code that an operation may not answer
// and a command that can't be carried out end the story early. A follower that
// doesn't come to the store's revision and digest is an error, and so is a store
// that can't be closed.
//
// The digest is the store's at the end; zero where it can't be had.
//
// Any number of stories may be told at once. Every store that was opened is closed
// on return, even if ctx has ended.
func TellStory(ctx context.Context, scripts fs.FS, name string, open OpenStory) (metadata.Digest, error) {
	script, err := readScript(scripts, name)
	if err != nil {
		return metadata.Digest{}, err
	}
	tale, err := tell(ctx, script, open)
	return tale.digest, errors.Join(script.judge(tale.outputs), err)
}

// judge compares the outputs, one a block, of as many blocks as were told.
func (s *script) judge(outputs []string) error {
	var all []error
	for i, output := range outputs {
		if block := s.blocks[i]; block.output != output {
			all = append(all, fmt.Errorf("%s:%d: the answers differ\n%s----\nwant:\n%s\ngot:\n%s",
				s.name, block.line, block.input(), block.output, output))
		}
	}
	return errors.Join(all...)
}

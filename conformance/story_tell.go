package conformance

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/chronik-stream/metalog/metadata"
)

// storyEnd bounds the closing of one store.
const storyEnd = time.Minute

// tale is what came of telling a script.
type tale struct {
	outputs []string // one for each block that was told
	digest  metadata.Digest
	met     Coverage
}

// tell tells a script until a block can't be told.
func tell(ctx context.Context, script *script, open OpenStory) (t tale, err error) {
	s := newTeller(open)
	t.met = s.met
	defer func() { err = errors.Join(err, s.close(ctx)) }()
	if err := s.fresh(ctx); err != nil {
		return t, fmt.Errorf("%s: no store to tell it to: %w", script.name, err)
	}
	for _, block := range script.blocks {
		output, err := s.block(ctx, block)
		if err != nil {
			return t, fmt.Errorf("%s:%w", script.name, err)
		}
		t.outputs = append(t.outputs, output)
	}
	if s.target.Digest != nil {
		t.digest = s.target.Digest()
	}
	for _, target := range s.opened {
		if err := target.agree(ctx); err != nil {
			return t, fmt.Errorf("%s: %w", script.name, err)
		}
	}
	return t, nil
}

// fresh goes on with a store that has nothing in it.
func (s *teller) fresh(ctx context.Context) error {
	target, err := s.open(ctx)
	if err != nil {
		return err
	}
	s.opened, s.target = append(s.opened, target), target
	s.topics, s.requests, s.revision = 0, 0, 0
	s.asked = make(map[metadata.RequestID]asked)
	return nil
}

// close closes every store that was opened, the last one first.
func (s *teller) close(ctx context.Context) error {
	var all []error
	for _, target := range slices.Backward(s.opened) {
		if err := target.close(ctx); err != nil {
			all = append(all, fmt.Errorf("a store can't be closed: %w", err))
		}
	}
	return errors.Join(all...)
}

func (t StoryTarget) close(ctx context.Context) error {
	if t.Close == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), storyEnd)
	defer cancel()
	return t.Close(ctx)
}

// agree waits until every follower has come to the store's revision, and compares
// what they have there.
func (t StoryTarget) agree(ctx context.Context) error {
	if len(t.Followers) == 0 {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, storyPatience)
	defer cancel()
	now, err := t.Store.Topics(ctx)
	if err != nil {
		return err
	}
	digest := t.Digest()
	var all []error
	for _, f := range t.Followers {
		if err := f.follow(ctx, now.Revision, digest); err != nil {
			all = append(all, fmt.Errorf("node %s: %w", f.Name, err))
		}
	}
	return errors.Join(all...)
}

func (f StoryFollower) follow(ctx context.Context, revision uint64, digest metadata.Digest) error {
	got, err := f.Store.Topics(ctx, metadata.MinRevision(revision))
	if err != nil {
		return fmt.Errorf("it doesn't come to revision %d: %w", revision, err)
	}
	if got.Revision != revision {
		return fmt.Errorf("it is at revision %d, and the story ended at %d", got.Revision, revision)
	}
	if own := f.Digest(); own != digest {
		return fmt.Errorf("at revision %d its digest is %s, and that of the node that was asked is %s", revision, own, digest)
	}
	return nil
}

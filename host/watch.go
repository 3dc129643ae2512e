package host

import (
	"context"
	"errors"
	"iter"

	"github.com/chronik-stream/metalog/metadata"
)

func noWatch(yield func(metadata.WatchMessage, error) bool) {
	yield(metadata.WatchMessage{}, errors.New("not yet"))
}

func (s *Store) Watch(context.Context, ...metadata.WatchOption) iter.Seq2[metadata.WatchMessage, error] {
	return noWatch
}

func (b *Bare) Watch(context.Context, ...metadata.WatchOption) iter.Seq2[metadata.WatchMessage, error] {
	return noWatch
}

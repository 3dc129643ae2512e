package conformance

import (
	"context"
	"errors"

	"golang.org/x/sync/errgroup"

	"github.com/chronik-stream/metalog/host"
	"github.com/chronik-stream/metalog/metadata"
)

// OpenBareStory is an OpenStory of a state and nothing else: what every other
// store is compared with.
func OpenBareStory(context.Context) (StoryTarget, error) { return bareStory(), nil }

func bareStory() StoryTarget {
	clock := NewStoryClock()
	store := host.NewBare(host.WithClock(clock.Now))
	return StoryTarget{Store: store, Clock: clock, Digest: digestOf(store)}
}

// OpenHostStory opens the nodes of one cluster, at least one and all at once, and
// waits until they are ready. The story is told to the first; the others follow. It is
// what an OpenStory calls that has made their directories, new ones every time.
// The options come before the story's own, which are a clock and no checkpoints.
//
// ctx bounds the call. If it fails nothing is left running.
func OpenHostStory(ctx context.Context, nodes []host.Config, opts ...host.Option) (StoryTarget, error) {
	clock := NewStoryClock()
	target, err := openCluster(ctx, nodes, append(opts[:len(opts):len(opts)], host.WithClock(clock.Now), host.WithCheckpoints(0)))
	target.Clock = clock
	return target, err
}

// openCluster is OpenHostStory with all options the caller's, and no clock.
func openCluster(ctx context.Context, nodes []host.Config, opts []host.Option) (StoryTarget, error) {
	stores, err := openHosts(ctx, nodes, opts)
	if err != nil {
		return StoryTarget{}, errors.Join(err, closeHosts(stores))
	}
	names := make([]string, len(nodes))
	for i, n := range nodes {
		names[i] = n.NodeID
	}
	return clusterTarget(names, stores), nil
}

// clusterTarget is hosts that are open.
func clusterTarget(names []string, stores []*host.Store) StoryTarget {
	target := StoryTarget{
		Store: stores[0], Digest: digestOf(stores[0]),
		Close: func(context.Context) error { return closeHosts(stores) },
	}
	for i, store := range stores[1:] {
		target.Followers = append(target.Followers, StoryFollower{Name: names[i+1], Store: store, Digest: digestOf(store)})
	}
	return target
}

// openHosts opens all at once: none of them need be ready without the others.
func openHosts(ctx context.Context, nodes []host.Config, opts []host.Option) ([]*host.Store, error) {
	stores := make([]*host.Store, len(nodes))
	group, ctx := errgroup.WithContext(ctx)
	for i, node := range nodes {
		group.Go(func() (err error) {
			if stores[i], err = host.Open(ctx, node, opts...); err != nil {
				return err
			}
			return stores[i].WaitReady(ctx)
		})
	}
	return stores, group.Wait()
}

// closeHosts closes those that were opened.
func closeHosts(stores []*host.Store) error {
	var group errgroup.Group
	for _, store := range stores {
		if store != nil {
			group.Go(store.Close)
		}
	}
	return group.Wait()
}

// digestOf is a store's digest; zero while it has no state to show.
func digestOf(store interface{ View() *metadata.State }) func() metadata.Digest {
	return func() metadata.Digest {
		if state := store.View(); state != nil {
			return state.Digest()
		}
		return metadata.Digest{}
	}
}

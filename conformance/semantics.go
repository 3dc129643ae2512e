package conformance

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/chronik-stream/metalog/conformance/trial"
	"github.com/chronik-stream/metalog/host"
	"github.com/chronik-stream/metalog/sdk"
)

// storiesTimeout is for the stories of one operation, each of which opens nodes of
// its own.
const storiesTimeout = 10 * time.Minute

const sameAnswers = "The same events give the same answers and the same state behind every backend."

// storyCases are the stories of every operation, told to a host over the target:
// with one node, and with three.
func storyCases() []Case {
	names, err := StoryNames(Stories())
	if err != nil {
		panic(err) // the scripts are embedded
	}
	var one, three []Case
	for _, name := range names {
		about := strings.TrimSuffix(name, ".txt")
		one = append(one, Case{
			ID: "STY-" + about, Title: "the stories of " + about, Rule: "metadata contract", Promise: sameAnswers,
			Profile: trial.Core, Timeout: storiesTimeout, Run: tellOne(name),
		})
		three = append(three, Case{
			ID: "ST3-" + about, Title: "the stories of " + about + ", three nodes", Rule: "metadata contract", Promise: sameAnswers,
			Profile: trial.Replicated, Nodes: 3, Timeout: storiesTimeout, Run: tellOne(name),
		})
	}
	return append(one, three...)
}

func tellOne(name string) func(context.Context, *trial.Stage) error {
	return func(ctx context.Context, s *trial.Stage) error {
		bare, err := TellStory(ctx, Stories(), name, OpenBareStory)
		if err != nil {
			return trial.Harness(fmt.Errorf("the state alone doesn't keep to its own story: %w", err))
		}
		got, err := TellStory(ctx, Stories(), name, storyHost(s))
		if err != nil {
			return err
		}
		if got != bare {
			return fmt.Errorf("the story ends with digest %s, and a state alone has %s", got, bare)
		}
		return nil
	}
}

// storyHost opens hosts over the stage's nodes, new ones every time.
func storyHost(s *trial.Stage) OpenStory {
	return func(ctx context.Context) (StoryTarget, error) {
		w, err := s.NewWorld(ctx)
		if err != nil {
			return StoryTarget{}, err
		}
		var nodes []host.Config
		for _, node := range s.Nodes() {
			nodes = append(nodes, hostConfig(w, node, s.Logs))
		}
		ctx, cancel := s.Within(ctx)
		defer cancel()
		return OpenHostStory(ctx, nodes)
	}
}

func hostConfig(w trial.World, node string, logs trial.Logs) host.Config {
	cfg := w.Config(node)
	return host.Config{
		ClusterID: cfg.ClusterID, NodeID: node, DataDir: cfg.DataDir, Options: cfg.Options, Address: cfg.Address, Listen: cfg.Listen, Peers: cfg.Peers, Version: "conformance",
		Backend: func(ctx context.Context) (sdk.Backend, error) { return w.Backend(ctx, node, logs) },
	}
}

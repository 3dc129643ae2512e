package conformance

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/chronik-stream/metalog/conformance/history"
	"github.com/chronik-stream/metalog/conformance/trial"
	"github.com/chronik-stream/metalog/host"
	"github.com/chronik-stream/metalog/metadata"
	"github.com/chronik-stream/metalog/sdk"
)

// What the clients of a case do, and what the judges get to do their work.
const (
	clientsPerNode = 4
	registers      = 8   // what they write and read: a group's offset each
	acksPerPhase   = 150 // acknowledged writes before a fault, between two, and after
	leastWrites    = 300 // acknowledged: fewer show nothing
	leastReads     = 50  // likewise
	keyPatience    = 10 * time.Second
	operationTime  = 5 * time.Second // for one write or read
	registerTopic  = "registers"
	pictureFile    = "linearizability.html"
	historyFile    = "history.json"
	clientFaults   = 2
	clientsTimeout = 5 * time.Minute
)

// clientCases have clients write and read while processes are killed, and judge
// what they saw against what the nodes applied.
func clientCases() []Case {
	const promise = "What was acknowledged is there, once, at its revision; a linearizable read sees everything acknowledged before it began."
	return []Case{
		{
			ID: "LIN-001", Title: "clients of one node, whose plugin is killed", Rule: "R3, R8, reads", Promise: promise,
			Profile: trial.Durable, Needs: []trial.Need{trial.NeedKill}, Timeout: clientsTimeout, Run: clientsAndKills,
		},
		{
			ID: "LIN-002", Title: "clients of three nodes, whose leader is killed", Rule: "R8, R11, R15", Promise: promise,
			Profile: trial.Linearizable, Claims: sdk.Claims{sdk.Replicated}, Nodes: 3, Needs: []trial.Need{trial.NeedKill},
			Timeout: clientsTimeout, Run: clientsAndKills,
		},
	}
}

func clientsAndKills(ctx context.Context, s *trial.Stage) (err error) {
	cluster, err := openClients(ctx, s)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, cluster.close(ctx)) }()
	c := newClients(cluster.stores, s.Rand.Uint64())
	c.begin(ctx)
	err = c.awaitAcks(ctx, acksPerPhase)
	for range clientFaults {
		if err == nil {
			err = cluster.killLeader(ctx, s)
		}
		if err == nil {
			err = c.awaitAcks(ctx, acksPerPhase)
		}
	}
	if err := errors.Join(err, c.end(ctx)); err != nil {
		return err
	}
	return c.judge(s.Dir)
}

// judge asks both judges. What they had to judge is kept.
func (c *clients) judge(dir string) error {
	path := filepath.Join(dir, historyFile)
	if err := c.keep(path); err != nil {
		return trial.Harness(err)
	}
	written := map[string]bool{}
	for _, w := range c.history.Writes {
		written[w.ID] = true
	}
	c.history.Foreign = func(id string) bool { return !written[id] }
	if err := history.Thin(c.history, leastWrites); err != nil {
		return trial.Harness(err)
	}
	if n := len(c.history.Reads); n < leastReads {
		return fmt.Errorf("of all linearizable reads %d were answered, and at least %d should have been", n, leastReads)
	}
	violated, err := c.violated(path)
	if err != nil {
		return err
	}
	err = history.Linearizable(c.operations, keyPatience, filepath.Join(dir, pictureFile))
	if errors.Is(err, history.ErrUnjudged) && violated == nil {
		return trial.Harness(err)
	}
	return errors.Join(violated, err)
}

// violated is the first promise that the history shows broken.
func (c *clients) violated(path string) (violated, harness error) {
	violations := history.Judge(c.history)
	switch {
	case len(violations) == 0:
		return nil, nil
	case violations[0].Rule == history.RuleRecord:
		return nil, trial.Harness(fmt.Errorf("the record contradicts itself: %s", violations[0]))
	}
	return fmt.Errorf("%s (of %d writes and %d reads; kept in %s)",
		violations[0], len(c.history.Writes), len(c.history.Reads), path), nil
}

func (c *clients) keep(path string) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	return errors.Join(c.history.Encode(f), f.Close())
}

// clientCluster is the hosts that clients talk to.
type clientCluster struct {
	StoryTarget
	stores []*host.Store
	world  trial.World
}

func openClients(ctx context.Context, s *trial.Stage) (*clientCluster, error) {
	var nodes []host.Config
	for _, node := range s.Nodes() {
		nodes = append(nodes, hostConfig(s.World, node, s.Logs))
	}
	target, err := openCluster(ctx, nodes, []host.Option{host.WithCheckpoints(0)})
	if err != nil {
		return nil, err
	}
	c := &clientCluster{StoryTarget: target, world: s.World, stores: storesOf(target)}
	_, err = c.Store.CreateTopic(ctx, metadata.TopicSpec{Name: registerTopic, Partitions: 1, ReplicationFactor: 1})
	if err != nil {
		return nil, errors.Join(err, c.close(ctx))
	}
	return c, c.agree(ctx)
}

// killLeader kills the leader's process, or the only one there is. Its host starts
// another.
func (c *clientCluster) killLeader(ctx context.Context, s *trial.Stage) error {
	ctx, cancel := s.Within(ctx)
	defer cancel()
	again := time.NewTicker(time.Millisecond)
	defer again.Stop()
	for {
		if leader := c.leader(s.Nodes()); leader != "" {
			return c.world.Kill(leader)
		}
		select {
		case <-again.C:
		case <-ctx.Done():
			return fmt.Errorf("no leader is known: %w", context.Cause(ctx))
		}
	}
}

// leader is the node that says of itself that it leads and can propose, if all the
// others that are there say so, too: one of them may still name a leader that is
// gone. Empty: it can't be told now.
func (c *clientCluster) leader(nodes []string) (leader string) {
	if len(nodes) == 1 {
		return nodes[0]
	}
	for i, store := range c.stores {
		if st := store.Status(); st.Backend.Leader == nodes[i] && st.Backend.CanPropose && st.State == host.PhaseReady {
			leader = nodes[i]
		}
	}
	for _, store := range c.stores {
		if st := store.Status(); st.State == host.PhaseReady && st.Backend.Leader != leader {
			return ""
		}
	}
	return leader
}

package bench_test

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/raft"
	"github.com/stretchr/testify/require"

	"github.com/chronik-stream/metalog/bench/raw"
	"github.com/chronik-stream/metalog/builtin"
	"github.com/chronik-stream/metalog/host"
	"github.com/chronik-stream/metalog/internal/links"
	"github.com/chronik-stream/metalog/metadata"
	"github.com/chronik-stream/metalog/sdk"
)

const (
	threeNodes = 3
	patience   = 30 * time.Second
)

// member is a node of a cluster: Metalog's, or the raw library's. Many goroutines
// write at once.
type member interface {
	write(ctx context.Context, n int64) error
	next(ctx context.Context) error // until a write is acknowledged
	leads() bool
	digest() string // of all that it has applied, and how much that is
	close() error
}

// opener starts a node in a directory that is there, of a cluster whose nodes are all
// in cfg.
type opener func(ctx context.Context, cfg sdk.Config) (member, error)

// commandBytes is what an event of write comes to, so that the library gets as much.
const commandBytes = 256

// rawMember has a library to itself.
type rawMember struct{ node raw.Node }

// openRaft starts hashicorp/raft.
func openRaft(tune func(*raft.Config)) opener {
	return func(_ context.Context, cfg sdk.Config) (member, error) {
		n, err := raw.OpenHashiraft(cfg, tune)
		return rawMember{n}, err
	}
}

// openDragonboat starts lni/dragonboat, on its own log or ours.
func openDragonboat(pebble bool) opener {
	return func(_ context.Context, cfg sdk.Config) (member, error) {
		n, err := raw.OpenDragonboat(cfg, pebble)
		return rawMember{n}, err
	}
}

func command(n int64) []byte {
	data := make([]byte, commandBytes)
	binary.BigEndian.PutUint64(data, uint64(n))
	return data
}

func (m rawMember) write(ctx context.Context, n int64) error { return m.node.Write(ctx, command(n)) }

func (m rawMember) next(ctx context.Context) error { return raw.Next(ctx, m.node, command(0)) }
func (m rawMember) leads() bool                    { return m.node.Leads() }
func (m rawMember) close() error                   { return m.node.Close() }

func (m rawMember) digest() string {
	count, digest := m.node.State()
	return fmt.Sprintf("%d %x", count, digest)
}

// hostMember is a host in this process and its plugin in another.
type hostMember struct{ *host.Store }

// openHost starts one over a backend.
func openHost(backend string) opener {
	return func(ctx context.Context, cfg sdk.Config) (member, error) { return startHost(ctx, backend, cfg) }
}

func startHost(ctx context.Context, backend string, cfg sdk.Config) (member, error) {
	plugin, _ := builtin.Plugin(backend)
	plugin.Logger = cfg.Logger
	info, err := plugin.Describe(ctx)
	if err != nil {
		return nil, err
	}
	dir := filepath.Join(cfg.DataDir, "node")
	made := cfg
	made.DataDir, made.Start = dir, sdk.StartNew
	if err := sdk.InitDirectory(made, sdk.Identity{Plugin: info.Name, DataFormat: info.DataFormat, Claims: info.Claims}); err != nil {
		return nil, err
	}
	md, err := host.Open(ctx, host.Config{
		ClusterID: cfg.ClusterID, NodeID: cfg.NodeID, DataDir: dir, Backend: builtin.Open(backend), Options: cfg.Options,
	}, host.WithLogger(cfg.Logger))
	if err != nil {
		return nil, err
	}
	return hostMember{md}, nil
}

// padding makes an event of write as large as a command.
var padding = strings.Repeat("x", commandBytes-70)

func (m hostMember) write(ctx context.Context, n int64) error {
	value := strconv.FormatInt(n, 10) + padding
	_, err := m.AlterConfigs(ctx, metadata.ConfigSpec{
		Resource: metadata.Resource{Type: metadata.ResourceTopic, Name: "t"},
		Ops:      []metadata.ConfigOp{{Kind: metadata.ConfigSet, Key: "x.bench", Value: &value}},
	})
	return err
}

// nextPatience ends a write that went to a leader which is gone.
const nextPatience = 300 * time.Millisecond

func (m hostMember) next(ctx context.Context) error {
	for {
		short, cancel := context.WithTimeout(ctx, nextPatience)
		err := m.write(short, 0)
		cancel()
		if err == nil || ctx.Err() != nil {
			return err
		}
	}
}

func (m hostMember) leads() bool {
	st := m.Status()
	return st.Ready && st.Backend.Leader == st.NodeID
}

func (m hostMember) digest() string {
	st := m.Status()
	return fmt.Sprintf("%d %v", st.Revision, st.Digest)
}

func (m hostMember) close() error { return m.Close() }

// configs are of three nodes with directories below dir.
func configs(b *testing.B, options string) []sdk.Config {
	b.Helper()
	peers := make([]sdk.Peer, threeNodes)
	for i := range peers {
		address, err := links.Free()
		require.NoError(b, err)
		peers[i] = sdk.Peer{NodeID: fmt.Sprintf("n%d", i+1), Address: address}
	}
	dir := b.TempDir()
	var all []sdk.Config
	for i, p := range peers {
		cfg := sdk.Config{
			ClusterID: "bench", NodeID: p.NodeID, Address: p.Address, DataDir: filepath.Join(dir, p.NodeID),
			Options: json.RawMessage(options), Logger: benchLogger(),
		}
		require.NoError(b, os.Mkdir(cfg.DataDir, 0o700))
		for k, o := range peers {
			if k != i {
				cfg.Peers = append(cfg.Peers, o)
			}
		}
		all = append(all, cfg)
	}
	return all
}

func benchLogger() *slog.Logger {
	if os.Getenv("METALOG_BENCH_LOG") != "" {
		return slog.New(slog.NewTextHandler(os.Stderr, nil))
	}
	return slog.New(slog.DiscardHandler)
}

// cluster is three nodes, whose leader has one topic if they are Metalog's.
type cluster []member

// openCluster starts three nodes and waits until one of them leads and takes writes.
func openCluster(b *testing.B, open opener, options string) cluster {
	b.Helper()
	var c cluster
	for _, cfg := range configs(b, options) {
		m, err := open(b.Context(), cfg)
		require.NoError(b, err)
		b.Cleanup(func() { require.NoError(b, m.close()) })
		c = append(c, m)
	}
	m := c.leader(b)
	if h, ok := m.(hostMember); ok {
		_, err := h.CreateTopic(b.Context(), metadata.TopicSpec{Name: "t", Partitions: 1, ReplicationFactor: 1})
		require.NoError(b, err)
	}
	require.NoError(b, m.next(b.Context()))
	return c
}

// leader waits for one.
func (c cluster) leader(b *testing.B) (leader member) {
	b.Helper()
	require.Eventually(b, func() bool {
		for _, m := range c {
			if m.leads() {
				leader = m
			}
		}
		return leader != nil
	}, patience, 5*time.Millisecond, "no leader")
	return leader
}

// agree waits until all nodes have the same state: a figure of nodes that differ is
// worth nothing.
func (c cluster) agree(b *testing.B) {
	b.Helper()
	require.Eventually(b, func() bool {
		want := c[0].digest()
		for _, m := range c {
			if m.digest() != want {
				return false
			}
		}
		return true
	}, patience, 20*time.Millisecond, "the nodes' states differ")
}

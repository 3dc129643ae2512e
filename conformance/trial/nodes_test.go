package trial_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/chronik-stream/metalog/conformance/trial"
	"github.com/chronik-stream/metalog/host/launch"
	"github.com/chronik-stream/metalog/sdk"
	"github.com/chronik-stream/metalog/sdk/plugin"
)

// The test binary is also the plugin of these tests.
const pluginEnv = "METALOG_TEST_PLUGIN"

func TestMain(m *testing.M) {
	if os.Getenv(pluginEnv) != "" {
		plugin.Serve(carrierSpec)
		return
	}
	os.Exit(m.Run())
}

var carrierSpec = plugin.Spec{
	Name: "carrier", Version: "1", DataFormat: 1, Claims: sdk.Claims{sdk.Replicated, sdk.Durable},
	New: func() sdk.Backend { return &carrier{} },
}

// carrier is as much of a replicated backend as a network needs: what is proposed on
// a node is told to every peer of its directory, and acknowledged when all have it.
type carrier struct {
	cfg      sdk.Config
	sm       sdk.StateMachine
	listener net.Listener
	serving  sync.WaitGroup

	mu   sync.Mutex
	last uint64
}

func (c *carrier) Open(_ context.Context, cfg sdk.Config, sm sdk.StateMachine) (err error) {
	listen := cfg.Listen
	if listen == "" {
		listen = cfg.Address
	}
	if c.listener, err = net.Listen("tcp", listen); err != nil {
		return err
	}
	c.cfg, c.sm = cfg, sm
	sm.SetStatus(sdk.Status{Health: sdk.HealthOK, CanPropose: true, Reason: cfg.Start.String(), Members: c.members()})
	c.serving.Go(c.serve)
	return os.WriteFile(filepath.Join(cfg.DataDir, "data"), nil, 0o600)
}

func (c *carrier) members() []sdk.Member {
	all := []sdk.Member{{NodeID: c.cfg.NodeID, Address: c.cfg.Address}}
	for _, p := range c.cfg.Peers {
		all = append(all, sdk.Member{NodeID: p.NodeID, Address: p.Address})
	}
	return all
}

func (c *carrier) serve() {
	for {
		conn, err := c.listener.Accept()
		if err != nil {
			return
		}
		line, err := bufio.NewReader(conn).ReadString('\n')
		if err == nil {
			if c.apply(line[:len(line)-1]) == nil {
				_, _ = fmt.Fprintln(conn, "done")
			}
		}
		_ = conn.Close()
	}
}

func (c *carrier) apply(data string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.last++
	return c.sm.Apply(context.Background(), sdk.Entry{Index: c.last, Data: []byte(data)})
}

func (c *carrier) Propose(ctx context.Context, data []byte) error {
	errs := make([]error, len(c.cfg.Peers))
	var telling sync.WaitGroup
	for i, p := range c.cfg.Peers {
		telling.Go(func() { errs[i] = tell(ctx, p.Address, string(data)) })
	}
	telling.Wait()
	return errors.Join(c.apply(string(data)), errors.Join(errs...))
}

func tell(ctx context.Context, address, data string) error {
	var d net.Dialer
	conn, err := d.DialContext(ctx, "tcp", address)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close() }()
	stop := context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) })
	defer stop()
	if _, err := fmt.Fprintln(conn, data); err != nil {
		return err
	}
	_, err = bufio.NewReader(conn).ReadString('\n')
	return err
}

func (c *carrier) Close(context.Context) error {
	err := c.listener.Close()
	c.serving.Wait()
	return err
}

// carriers is the carrier as processes.
func carriers(t *testing.T) trial.Target {
	t.Helper()
	dir, err := os.MkdirTemp("", "mt") //nolint:usetesting // t.TempDir is too long for a socket
	require.NoError(t, err)
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	path, err := os.Executable()
	require.NoError(t, err)
	return trial.Binary(launch.Plugin{
		Name: "carrier", Path: path, Env: []string{pluginEnv + "=1", "GORACE=atexit_sleep_ms=0"}, RunDir: dir,
	}, nil)
}

// onNodes plays a case of several nodes, which are open.
func onNodes(t *testing.T, target trial.Target, nodes int, run func(context.Context, *trial.Stage, map[string]*trial.Session) error) {
	t.Helper()
	c := trial.Case{ID: "TST-100", Nodes: nodes, Run: func(ctx context.Context, s *trial.Stage) error {
		open := map[string]*trial.Session{}
		for _, node := range s.Nodes() {
			n, err := s.Start(ctx, node)
			if err != nil {
				return err
			}
			open[node] = n
		}
		return run(ctx, s, open)
	}}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	info, err := target.Info(ctx)
	require.NoError(t, err)
	_, err = trial.Play(ctx, c, trial.Setting{Target: target, Info: info, Dir: t.TempDir() + "/c"})
	require.NoError(t, err)
}

// has waits for an entry.
func has(ctx context.Context, n *trial.Session, data string) error {
	return n.Machine.Await(ctx, data, func() bool {
		for _, e := range n.Machine.Entries() {
			if string(e.Data) == data {
				return true
			}
		}
		return false
	})
}

func hasAll(ctx context.Context, data string, nodes ...*trial.Session) error {
	for _, n := range nodes {
		if err := has(ctx, n, data); err != nil {
			return err
		}
	}
	return nil
}

func TestNodesReachEachOther(t *testing.T) {
	for name, target := range map[string]trial.Target{"processes": carriers(t), "in process": trial.InProcess(carrierSpec)} {
		t.Run(name, func(t *testing.T) {
			require.NoError(t, target.Offers(trial.NeedCluster))
			onNodes(t, target, 3, func(ctx context.Context, s *trial.Stage, n map[string]*trial.Session) error {
				require.NoError(t, n["n1"].Propose(ctx, []byte("first")))
				require.NoError(t, hasAll(ctx, "first", n["n1"], n["n2"], n["n3"]))

				require.NoError(t, n["n2"].Close(ctx))
				require.Error(t, n["n1"].Propose(ctx, []byte("n2 is away")))
				again, err := s.Start(ctx, "n2")
				require.NoError(t, err)
				require.Equal(t, "restart", again.Machine.Status().Reason)
				require.NoError(t, n["n1"].Propose(ctx, []byte("n2 is back")))
				require.NoError(t, has(ctx, again, "n2 is back"))

				fourth, err := s.World.(trial.Joiner).Join("n4")
				require.NoError(t, err)
				joined, err := s.Start(ctx, "n4")
				require.NoError(t, err)
				status := joined.Machine.Status()
				require.Equal(t, "join", status.Reason)
				require.Equal(t, fourth.Address, status.Members[0].Address)
				require.Len(t, status.Members, 4)
				require.NoError(t, joined.Propose(ctx, []byte("from the fourth")))
				return hasAll(ctx, "from the fourth", n["n1"], again, n["n3"])
			})
		})
	}
}

// proposeUntil proposes data on n, gives up a moment after reached has it, and
// returns the answer.
func proposeUntil(ctx context.Context, t *testing.T, n *trial.Session, data string, reached *trial.Session) error {
	t.Helper()
	proposing, giveUp := context.WithCancel(ctx)
	defer giveUp()
	answer := make(chan error, 1)
	go func() { answer <- n.Propose(proposing, []byte(data)) }()
	require.NoError(t, has(ctx, reached, data))
	select {
	case err := <-answer:
		return err
	case <-time.After(300 * time.Millisecond):
	}
	giveUp()
	return <-answer
}

func TestProcessesAreCutOff(t *testing.T) {
	target := carriers(t)
	require.NoError(t, target.Offers(trial.NeedPartition))
	onNodes(t, target, 3, func(ctx context.Context, s *trial.Stage, n map[string]*trial.Session) error {
		require.NoError(t, s.World.Partition([]string{"n1", "n2"}, []string{"n3"}))
		require.Error(t, proposeUntil(ctx, t, n["n1"], "cut", n["n2"]))
		require.Empty(t, n["n3"].Machine.Entries())

		require.NoError(t, s.World.Heal())
		require.NoError(t, n["n1"].Propose(ctx, []byte("healed")))
		require.NoError(t, hasAll(ctx, "healed", n["n2"], n["n3"]))

		require.NoError(t, n["n3"].Kill(ctx))
		again, err := s.Start(ctx, "n3")
		require.NoError(t, err)
		require.NoError(t, s.World.Partition([]string{"n1"}, []string{"n2", "n3"}))
		require.Error(t, proposeUntil(ctx, t, again, "from n3", n["n2"]), "its new process is known")
		return s.World.Heal()
	})
}

func TestOneNodeOfAReplicatedBackend(t *testing.T) {
	for name, target := range map[string]trial.Target{"a process": carriers(t), "in process": trial.InProcess(carrierSpec)} {
		t.Run(name, func(t *testing.T) {
			onNodes(t, target, 1, func(_ context.Context, _ *trial.Stage, n map[string]*trial.Session) error {
				status := n["n1"].Machine.Status()
				require.Equal(t, "new", status.Reason)
				require.Len(t, status.Members, 1)
				require.NotEmpty(t, status.Members[0].Address)
				return nil
			})
		})
	}
}

// One that doesn't replicate has no more than one node, however it is run.
func TestOthersStayAlone(t *testing.T) {
	alone := carrierSpec
	alone.Claims = sdk.Claims{sdk.Durable}
	target := trial.InProcess(alone)
	require.True(t, trial.IsUnable(target.Offers(trial.NeedCluster)))
	_, err := target.World(t.Context(), t.TempDir(), 3)
	require.ErrorContains(t, err, "replicated isn't claimed")
}

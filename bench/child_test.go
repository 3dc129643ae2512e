package bench_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/rpc"
	"os"
	"os/exec"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/chronik-stream/metalog/internal/workload"
	"github.com/chronik-stream/metalog/metadata"
	"github.com/chronik-stream/metalog/sdk"
)

// childArgument makes the test binary a node, of the kind and with the configuration
// that are the next arguments.
const childArgument = "__bench-node"

// serveChild is a node, and then exits, if this process was started to be one. It ends
// with whoever started it.
func serveChild() {
	if len(os.Args) != 4 || os.Args[1] != childArgument {
		return
	}
	if err := beChild(os.Args[2], os.Args[3]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

func beChild(kind, config string) error {
	var cfg sdk.Config
	if err := json.Unmarshal([]byte(config), &cfg); err != nil {
		return err
	}
	cfg.Logger = benchLogger()
	m, err := openerOf(kind)(context.Background(), cfg)
	if err != nil {
		return err
	}
	ctx, end := context.WithCancel(context.Background())
	defer end()
	server := rpc.NewServer()
	if err := server.RegisterName("Node", &Child{m, ctx}); err != nil {
		return err
	}
	server.ServeConn(pipe{&parent{os.Stdin, end}, os.Stdout}) // until stdin ends
	return m.close()
}

// parent is what comes from whoever started this process, and ends what runs for it.
type parent struct {
	io.Reader
	end func()
}

func (p *parent) Read(into []byte) (int, error) {
	n, err := p.Reader.Read(into)
	if err != nil {
		p.end()
	}
	return n, err
}

// Child is what a node's process answers, as net/rpc wants it.
type Child struct {
	m   member
	ctx context.Context
}

// Load is what Load is asked.
type Load struct {
	Writers int
	For     time.Duration
	Base    int64
}

// Load has the node take writes.
func (c *Child) Load(l Load, r *workload.Result) (err error) {
	*r, err = workload.Run(c.ctx, l.Writers, l.For, l.Base, c.m.write)
	return err
}

// Next returns when a write was acknowledged.
func (c *Child) Next(within time.Duration, _ *struct{}) error {
	ctx, cancel := context.WithTimeout(c.ctx, within)
	defer cancel()
	return c.m.next(ctx)
}

// Prepare makes what writes need.
func (c *Child) Prepare(struct{}, *struct{}) error {
	if h, ok := c.m.(hostMember); ok {
		_, err := h.CreateTopic(c.ctx, metadata.TopicSpec{Name: "t", Partitions: 1, ReplicationFactor: 1})
		return err
	}
	return nil
}

// Leads reports whether the node leads.
func (c *Child) Leads(_ struct{}, leads *bool) error {
	*leads = c.m.leads()
	return nil
}

// Digest is of what the node has applied.
func (c *Child) Digest(_ struct{}, digest *string) error {
	*digest = c.m.digest()
	return nil
}

// Plugin is the process of the node's backend; 0: it has none of its own.
func (c *Child) Plugin(_ struct{}, pid *int) error {
	if h, ok := c.m.(hostMember); ok {
		*pid = h.Status().Plugin.PID
	}
	return nil
}

type pipe struct {
	io.Reader
	io.WriteCloser
}

// process is a node in a process of its own.
type process struct {
	cmd    *exec.Cmd
	client *rpc.Client
}

// startProcesses starts a cluster of processes and waits until one of them leads.
func startProcesses(b *testing.B, kind, options string) []*process {
	b.Helper()
	var all []*process
	for _, cfg := range configs(b, options) {
		all = append(all, startProcess(b, kind, cfg))
	}
	leader := leading(b, all)
	require.NoError(b, leader.client.Call("Node.Prepare", struct{}{}, &struct{}{}))
	return all
}

func startProcess(b *testing.B, kind string, cfg sdk.Config) *process {
	b.Helper()
	cfg.Logger = nil
	config, err := json.Marshal(cfg)
	require.NoError(b, err)
	cmd := exec.Command(os.Args[0], childArgument, kind, string(config))
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	require.NoError(b, err)
	out, err := cmd.StdoutPipe()
	require.NoError(b, err)
	require.NoError(b, cmd.Start())
	p := &process{cmd: cmd, client: rpc.NewClient(pipe{out, in})}
	b.Cleanup(p.stop)
	return p
}

// stop lets the process end, if it hasn't.
func (p *process) stop() {
	_ = p.client.Close()
	late := time.AfterFunc(patience, func() { _ = p.cmd.Process.Kill() })
	defer late.Stop()
	_ = p.cmd.Wait()
}

// plugin is the process of the node's backend; 0: it has none.
func (p *process) plugin(b *testing.B) (pid int) {
	b.Helper()
	require.NoError(b, p.client.Call("Node.Plugin", struct{}{}, &pid))
	return pid
}

// kill ends node and plugin at once.
func (p *process) kill(b *testing.B, plugin int) {
	b.Helper()
	require.NoError(b, p.cmd.Process.Kill())
	if plugin == 0 {
		return
	}
	if err := syscall.Kill(plugin, syscall.SIGKILL); !errors.Is(err, syscall.ESRCH) {
		require.NoError(b, err)
	}
}

func (p *process) leads() (leads bool) {
	return p.client.Call("Node.Leads", struct{}{}, &leads) == nil && leads
}

func (p *process) load(b *testing.B, l Load) (r workload.Result) {
	b.Helper()
	require.NoError(b, p.client.Call("Node.Load", l, &r))
	return r
}

// leading waits for a leader.
func leading(b *testing.B, all []*process) (leader *process) {
	b.Helper()
	require.Eventually(b, func() bool {
		for _, p := range all {
			if p.leads() {
				leader = p
			}
		}
		return leader != nil
	}, patience, 10*time.Millisecond, "no leader")
	return leader
}

// agreeing waits until all nodes have the same state.
func agreeing(b *testing.B, all []*process) {
	b.Helper()
	require.Eventually(b, func() bool {
		var digests [threeNodes]string
		for i, p := range all {
			require.NoError(b, p.client.Call("Node.Digest", struct{}{}, &digests[i]))
		}
		return digests[0] == digests[1] && digests[0] == digests[2]
	}, patience, 20*time.Millisecond, "the nodes' states differ")
}

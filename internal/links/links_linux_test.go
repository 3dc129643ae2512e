package links_test

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/chronik-stream/metalog/internal/links"
)

const (
	patience = 20 * time.Second
	tick     = 5 * time.Millisecond
	moment   = 100 * time.Millisecond // how long what must not happen is watched
)

// process is a node that runs.
type process struct {
	t     *testing.T
	cmd   *exec.Cmd
	in    io.WriteCloser
	ended chan struct{}

	mu    sync.Mutex
	lines []string
}

// network is nodes n1 to nN that run, each known by its process.
func network(t *testing.T, nodes ...string) (*links.Net, map[string]*process) {
	t.Helper()
	n, err := links.New(nodes...)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, n.Close()) })
	all := map[string]*process{}
	for _, name := range nodes {
		all[name] = start(t, n, name)
	}
	return n, all
}

func start(t *testing.T, n *links.Net, name string) *process {
	t.Helper()
	p := &process{t: t, cmd: exec.Command(os.Args[0]), ended: make(chan struct{})}
	p.cmd.Env = append(os.Environ(), listenVariable+"="+n.Addresses(name).Listen)
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	out, err := p.cmd.StdoutPipe()
	require.NoError(t, err)
	p.in, err = p.cmd.StdinPipe()
	require.NoError(t, err)
	require.NoError(t, p.cmd.Start())
	n.SetPID(name, p.cmd.Process.Pid)
	go func() {
		defer close(p.ended)
		for lines := bufio.NewScanner(out); lines.Scan(); {
			p.mu.Lock()
			p.lines = append(p.lines, lines.Text())
			p.mu.Unlock()
		}
		_ = p.cmd.Wait()
	}()
	t.Cleanup(p.kill)
	p.awaits("ready")
	return p
}

// kill ends the process and whatever it has started.
func (p *process) kill() {
	_ = syscall.Kill(-p.cmd.Process.Pid, syscall.SIGKILL)
	<-p.ended
}

func (p *process) do(format string, args ...any) {
	p.t.Helper()
	_, err := fmt.Fprintf(p.in, format+"\n", args...)
	require.NoError(p.t, err)
}

func (p *process) told(line string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Contains(p.lines, line)
}

func (p *process) awaits(line string) {
	p.t.Helper()
	require.Eventually(p.t, func() bool { return p.told(line) }, patience, tick, line)
}

func (p *process) neverTells(line string) {
	p.t.Helper()
	require.Never(p.t, func() bool { return p.told(line) }, moment, tick, line)
}

// dials makes a connection and sees that it works both ways.
func (p *process) dials(n *links.Net, name string, to *process) {
	p.t.Helper()
	p.do("dial %s %s", name, n.Addresses(name).Advertised)
	p.awaits("dialed " + name)
	p.do("send %s hello-%s", name, name)
	to.awaits("heard hello-" + name)
	to.do("say welcome-%s", name)
	p.awaits("got " + name + " welcome-" + name)
}

func TestACutStallsOneWay(t *testing.T) {
	n, all := network(t, "n1", "n2")
	all["n1"].dials(n, "n2", all["n2"])

	require.NoError(t, n.Cut("n1", "n2"))
	all["n1"].do("send n2 stalled")
	all["n2"].do("say back")
	all["n1"].awaits("got n2 back")
	all["n2"].neverTells("heard stalled")

	n.Heal()
	all["n2"].awaits("heard stalled")

	require.NoError(t, n.Cut("n2", "n1"), "the answers' way")
	all["n2"].do("say late")
	all["n1"].do("send n2 still")
	all["n2"].awaits("heard still")
	all["n1"].neverTells("got n2 late")
	n.Heal()
	all["n1"].awaits("got n2 late")
	require.False(t, all["n1"].told("ended n2"))
	require.False(t, all["n2"].told("lost"))
}

func TestAPartitionIsBetweenGroups(t *testing.T) {
	n, all := network(t, "n1", "n2", "n3")
	require.NoError(t, n.Partition([]string{"n1"}, []string{"n2", "n3"}))
	all["n2"].dials(n, "n3", all["n3"])
	all["n1"].do("dial n2 %s", n.Addresses("n2").Advertised)
	all["n1"].awaits("dialed n2")
	all["n1"].do("send n2 across")
	all["n2"].neverTells("heard across")

	require.NoError(t, n.Partition([]string{"n1", "n2"}), "n3 is alone, and the first partition is over")
	all["n2"].awaits("heard across")
	all["n2"].do("send n3 again")
	all["n3"].neverTells("heard again")
	n.Heal()
	all["n3"].awaits("heard again")
}

// What a dialer has given up during a cut never reaches the other side.
func TestWhoGivesUpWhileCutIsForgotten(t *testing.T) {
	n, all := network(t, "n1", "n2")
	require.NoError(t, n.Cut("n2", "n1")) // no connection comes to be without both ways
	before := n.Connections()
	all["n1"].do("dial n2 %s", n.Addresses("n2").Advertised)
	all["n1"].awaits("dialed n2")
	all["n1"].do("send n2 given-up")
	require.Eventually(t, func() bool { return n.Connections() == before+1 }, patience, tick)
	all["n1"].do("close n2")
	require.Eventually(t, func() bool { return n.Connections() == before }, patience, tick)
	n.Heal()
	all["n1"].dials(n, "n2", all["n2"])
	require.False(t, all["n2"].told("heard given-up"))
}

func TestAnEndIsNewsThatACutHoldsBack(t *testing.T) {
	n, all := network(t, "n1", "n2")
	all["n1"].dials(n, "n2", all["n2"])
	require.NoError(t, n.Partition())
	all["n2"].kill()
	all["n1"].neverTells("ended n2")
	n.Heal()
	all["n1"].awaits("ended n2")

	all["n2"] = start(t, n, "n2")
	all["n1"].dials(n, "n2", all["n2"])
}

// Who isn't there ends a connection at once, and doesn't hang it.
func TestANodeThatIsDown(t *testing.T) {
	n, all := network(t, "n1", "n2")
	all["n2"].kill()
	all["n1"].do("dial n2 %s", n.Addresses("n2").Advertised)
	all["n1"].awaits("ended n2")
}

func TestAChildDialsForItsNode(t *testing.T) {
	n, all := network(t, "n1", "n2", "n3")
	require.NoError(t, n.Cut("n1", "n3"))
	all["n1"].do("child %s from-n1", n.Addresses("n3").Advertised)
	all["n2"].do("child %s from-n2", n.Addresses("n3").Advertised)
	all["n3"].awaits("heard from-n2")
	all["n3"].neverTells("heard from-n1")
	n.Heal()
	all["n3"].awaits("heard from-n1")
}

func TestCloseEndsWhatIsStalled(t *testing.T) {
	n, all := network(t, "n1", "n2")
	all["n1"].dials(n, "n2", all["n2"])
	require.NoError(t, n.Partition())
	all["n1"].do("send n2 stalled")
	all["n1"].do("dial hung %s", n.Addresses("n2").Advertised)
	all["n1"].awaits("dialed hung")
	require.Eventually(t, func() bool { return n.Connections() == 3 }, patience, tick)
	require.NoError(t, n.Close())
	all["n1"].awaits("ended n2")
	all["n1"].awaits("ended hung")
	require.Zero(t, n.Connections())
}

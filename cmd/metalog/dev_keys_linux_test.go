package main

import (
	"context"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
)

// await waits for a line of a screen that comes after the last that was awaited.
func await(t *testing.T, b *logBuffer, from *int, pattern string) []string {
	t.Helper()
	re := regexp.MustCompile(pattern)
	late := time.After(startWait)
	for {
		more, text := b.more(), b.String()
		if at := re.FindStringSubmatchIndex(text[*from:]); at != nil {
			found := re.FindStringSubmatch(text[*from:])
			*from += at[1]
			return found
		}
		select {
		case <-more:
		case <-late:
			require.FailNow(t, "nothing like "+pattern, text)
		}
	}
}

// Each key does what its name says, on real processes.
func TestDevKeys(t *testing.T) {
	known := goleak.IgnoreCurrent()
	cluster, screen, keys := startCluster(t, 3), newRecorder(), make(chan byte)
	log := newNodeLog(screen)
	d, err := newDev(t.Context(), cluster, screen, log)
	require.NoError(t, err)
	require.NoError(t, d.start(time.Now()))
	over := make(chan struct{})
	go func() {
		defer close(over)
		d.run(t.Context(), keys)
	}()
	from := 0
	press := func(key byte, patterns ...string) (found []string) {
		t.Helper()
		keys <- key
		for _, pattern := range patterns {
			found = await(t, screen.logBuffer, &from, pattern)
		}
		return found
	}
	// to is press for what is done to a leader, which there may be none of for a moment.
	to := func(key byte, pattern string) string {
		t.Helper()
		for {
			if found := press(key, `no leader is known|`+pattern); found[1] != "" {
				return found[1]
			}
		}
	}
	await(t, screen.logBuffer, &from, `ready in .* equal on 3/3`)
	press('h', `no node is cut off`)
	press('r', `every node runs: choose one`)
	first := to('k', `killed (n\d), the leader`)
	t.Log(press('x', `next acknowledged write .* after `+first+` was killed`)[0], "(with the race detector)")
	require.False(t, cluster.Node(first).Running())
	press('r', first+` was started again\n`, `equal on 3/3, .* after `+first+` was started again`)

	second := to('p', `cut (n\d), the leader`)
	cut := from // the next two come in any order
	press('p', second+` is cut off already`)
	t.Log(await(t, screen.logBuffer, &cut, `next acknowledged write .* after `+second+` was cut off`)[0])
	from = max(from, cut)
	press('h', second+` reaches the other nodes`, `equal on 3/3, .* was let in again`)
	to('s', `(n\d) wrote a snapshot in`)
	pid := cluster.Node("n2").PID()
	press('2', `n2 is chosen`)
	press('r', `n2 was started again\n`, `equal on 3/3, .* after n2 was started again`)
	require.NotEqual(t, pid, cluster.Node("n2").PID())
	press('7')
	press('q')
	<-over
	require.NoError(t, d.close())
	require.NotContains(t, screen.String(), "error")
	goleak.VerifyNone(t, known)
}

// Without a majority nothing is acknowledged, which is said; quitting doesn't wait for it.
func TestDevWithoutMajority(t *testing.T) {
	cluster, screen, keys := startCluster(t, 1), newRecorder(), make(chan byte)
	d, err := newDev(t.Context(), cluster, screen, newNodeLog(screen))
	require.NoError(t, err)
	require.NoError(t, d.start(time.Now()))
	over := make(chan struct{})
	go func() {
		defer close(over)
		d.run(t.Context(), keys)
	}()
	from := 0
	keys <- 'p'
	await(t, screen.logBuffer, &from, `nobody to cut the one node off from`)
	keys <- 'k'
	await(t, screen.logBuffer, &from, `killed n1`)
	keys <- 'k'
	await(t, screen.logBuffer, &from, `no leader is known`)
	await(t, screen.logBuffer, &from, `no write was acknowledged for 5.0 s after n1 was killed`)
	keys <- 'q'
	<-over
	require.NoError(t, d.close())
}

// devRun is `metalog dev` in this process, without a terminal.
type devRun struct {
	out, err *logBuffer
	stop     context.CancelFunc
	code     chan int
	from     int
}

func runDev(t *testing.T, args ...string) *devRun {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	r := &devRun{out: newLogBuffer(), err: newLogBuffer(), stop: cancel, code: make(chan int, 1)}
	t.Cleanup(cancel)
	go func() { r.code <- run(ctx, append([]string{"dev"}, args...), unreadable{}, r.out, r.err) }()
	return r
}

// ready waits for the cluster, and returns the nodes' API addresses.
func (r *devRun) ready(t *testing.T) []string {
	t.Helper()
	await(t, r.out, &r.from, `ready in [\d.]+ m?s · state digest \S+ equal on (\d)/\d\n`)
	var all []string
	for _, found := range regexp.MustCompile(`(?m)^n\d .*? (127\.[\d.]+:\d+) +http://127`).FindAllStringSubmatch(r.out.String(), -1) {
		all = append(all, found[1])
	}
	return all
}

func (r *devRun) quit(t *testing.T) {
	t.Helper()
	r.stop()
	select {
	case code := <-r.code:
		require.Equal(t, exitOK, code, r.err)
	case <-time.After(startWait):
		require.FailNow(t, "dev doesn't end", r.err.String())
	}
}

// unreadable is a stdin that nobody may read.
type unreadable struct{}

func (unreadable) Read([]byte) (int, error) { panic("stdin was read") }

// A cluster that is kept goes on where it was.
func TestDevIsKept(t *testing.T) {
	dir, base := t.TempDir()+"/cluster", freeBasePort(t)
	first := runDev(t, "--data-dir", dir, "--base-port", fmt.Sprint(base))
	nodes := first.ready(t)
	require.Equal(t, fmt.Sprintf("127.0.0.1:%d", base+20), nodes[2])
	code, _, stderr := runAt(t, nodes[1], "topic", "create", "orders")
	require.Equal(t, exitOK, code, stderr)

	second := runDev(t, "--data-dir", t.TempDir(), "--base-port", fmt.Sprint(base+10))
	select {
	case code := <-second.code:
		require.Equal(t, exitError, code)
		require.Contains(t, second.err.String(), fmt.Sprintf("port %d, for gRPC of n1, can't be had", base+10))
		require.Contains(t, second.err.String(), "--base-port")
	case <-time.After(startWait):
		require.FailNow(t, "it has the ports of the first one")
	}
	first.quit(t)
	require.NotContains(t, strings.ToLower(first.out.String()), "error")

	again := runDev(t, "--data-dir", dir)
	code, stdout, stderr := runAt(t, again.ready(t)[0], "topic", "get", "orders", "--linearizable")
	require.Equal(t, exitOK, code, stderr)
	require.Contains(t, stdout, "orders")
	again.quit(t)
}

// A backend that isn't replicated is one node, and needs nothing to be said for that.
func TestDevOfOneNode(t *testing.T) {
	r := runDev(t, "--backend", "local", "--base-port", "0")
	nodes := r.ready(t)
	require.Len(t, nodes, 1)
	code, _, stderr := runAt(t, nodes[0], "topic", "create", "orders")
	require.Equal(t, exitOK, code, stderr)
	r.quit(t)
}

// Nodes that can't start say why, and nothing goes on without them.
func TestDevCantStart(t *testing.T) {
	r := runDev(t, "--base-port", "0", "--backend-options", `{"heartbeat_timeout": "1ns"}`)
	select {
	case code := <-r.code:
		require.Equal(t, exitError, code)
	case <-time.After(startWait):
		require.FailNow(t, "it waits for ever", r.err.String())
	}
	require.Regexp(t, `(?m)^n\d \| error: node n\d can't start: .*heartbeat_timeout`, r.err.String())
	require.Regexp(t, `(?m)^error: node n\d can't start \(exit status 1\): see what it said`, r.err.String())
}

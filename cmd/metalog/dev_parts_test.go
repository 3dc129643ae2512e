package main

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	metalogv1 "github.com/chronik-stream/metalog/api/metalog/v1"
	"github.com/chronik-stream/metalog/sdk"
)

func TestAgreement(t *testing.T) {
	at := func(revision uint64, digest string) nodeSeen {
		return nodeSeen{running: true, status: &metalogv1.Status{Revision: revision, Digest: digest}}
	}
	a, b := "9c1f00000000e2", "b83b000000000a"
	for _, c := range []struct {
		seen  []nodeSeen
		want  string
		whole bool
	}{
		{nil, "no node answers", false},
		{[]nodeSeen{{}, {}}, "no node answers", false},
		{[]nodeSeen{at(0, a), at(0, a), at(0, a)}, "state digest 9c1f…e2 equal on 3/3", true},
		{[]nodeSeen{at(7, a), at(6, b), {}}, "state digest 9c1f…e2 equal on 1/3", false},
		{[]nodeSeen{at(6, b), at(7, a), at(7, a)}, "state digest 9c1f…e2 equal on 2/3", false},
		{[]nodeSeen{at(7, a), at(7, b), at(7, a)}, "the nodes' state digests differ at one revision", false},
		{[]nodeSeen{at(6, a), at(7, a), at(6, b)}, "the nodes' state digests differ at one revision", false},
	} {
		got := agreementOf(c.seen)
		require.Equal(t, c.want, got.String())
		require.Equal(t, c.whole, got.whole(), c.want)
	}
}

func TestLeaderOfMost(t *testing.T) {
	follows := func(leaders ...string) (seen []nodeSeen) {
		for _, l := range leaders {
			seen = append(seen, nodeSeen{status: &metalogv1.Status{Leader: l}})
		}
		return seen
	}
	require.Equal(t, "n1", leaderOfMost(follows("n1")))
	require.Equal(t, "n2", leaderOfMost(follows("n1", "n2", "n2")))
	require.Empty(t, leaderOfMost(follows("n1", "n2", "")))
	require.Empty(t, leaderOfMost(follows("", "", "n1")))
	require.Empty(t, leaderOfMost(follows("n1", "n1", "n2", "n2")))
	require.Empty(t, leaderOfMost([]nodeSeen{{}, {}, {}}))
}

// The table is taken away, what stays is printed, and the table is put below it.
func TestLiveScreen(t *testing.T) {
	var out bytes.Buffer
	s := &liveScreen{out: &out, width: func() int { return 10 }}
	s.say("one")
	s.table([]string{"a line that is too wide"})
	s.log("two")
	require.Equal(t, "one\n"+
		"\na line th…\nkeys:  k …\n"+
		"\x1b[3A\r\x1b[Jtwo\n\na line th…\nkeys:  k …\n", out.String())
	out.Reset()
	s.stop()
	s.table([]string{"late"})
	s.say("three")
	require.Equal(t, "\x1b[3A\r\x1b[J\na line th…\nthree\n", out.String())
}

// recorder is a screen that is read by a test.
type recorder struct{ *logBuffer }

func newRecorder() recorder { return recorder{newLogBuffer()} }

func (r recorder) say(line string) { _, _ = r.Write([]byte(line + "\n")) }
func (r recorder) log(line string) { r.say(line) }
func (r recorder) table([]string)  {}
func (r recorder) stop()           {}

func TestNodeLog(t *testing.T) {
	const away = `time=2026-11-26T12:00:00Z level=ERROR msg="can't \"reach\" it" plugin=hashiraft pid=7 peer=n2`
	to, now := newRecorder(), time.Unix(0, 0)
	l := newNodeLog(to)
	l.now = func() time.Time { return now }
	l.line("n1", `time=2026-11-26T12:00:00Z level=INFO msg=serving in=1s`)
	l.line("n1", away)
	l.line("n1", away)
	l.line("n3", away)
	l.line("n1", `time=2026-11-26T12:00:00Z level=WARN msg=degraded why="disk full"`)
	l.line("n1", "panic: oh")
	now = now.Add(logLull)
	l.line("n1", away)
	l.hold()
	l.line("n2", "goodbye")
	require.Equal(t, `n1 | ERROR "can't \"reach\" it" peer=n2
n3 | ERROR "can't \"reach\" it" peer=n2
n1 | WARN degraded why="disk full"
n1 | panic: oh
n1 | ERROR "can't \"reach\" it" peer=n2 (and 1 like it before)
`, to.String())
	l.release()
	l.ended("n2", "exit status 1")
	require.Contains(t, to.String(), "n2 | goodbye\nn2 | ended: exit status 1\n")
}

// What a directory was begun with can't be changed by flags.
func TestDevHome(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "cluster")
	flags := func(given ...string) devFlags {
		return devFlags{nodes: 3, backend: "hashiraft", dataDir: dir, basePort: 7400, given: func(name string) bool {
			for _, g := range given {
				if g == name {
					return true
				}
			}
			return false
		}}
	}
	first := flags("nodes", "base-port")
	first.nodes, first.basePort = 5, 8400
	h, err := openHome(first)
	require.NoError(t, err)
	require.NoDirExists(t, dir, "nothing is made before it is known to be right")
	require.NoError(t, h.keep())
	require.NoError(t, h.close())

	h, err = openHome(flags())
	require.NoError(t, err)
	require.Equal(t, 5, h.Nodes)
	require.Equal(t, 8400, h.BasePort)

	_, err = openHome(flags("nodes"))
	requireUsage(t, err, "a cluster of 5 nodes")
	_, err = openHome(flags("base-port"))
	requireUsage(t, err, "ports from 8400 on")
	require.NoError(t, os.WriteFile(filepath.Join(dir, devFile), []byte("{"), 0o600))
	_, err = openHome(flags())
	requireUsage(t, err, "dev.json is damaged")
	require.NoError(t, os.Remove(filepath.Join(dir, devFile)))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "mine"), nil, 0o600))
	_, err = openHome(flags())
	requireUsage(t, err, "isn't empty")

	high := flags()
	high.dataDir, high.basePort = "", 65520
	_, err = openHome(high)
	requireUsage(t, err, "none above 65535")
}

func requireUsage(t *testing.T, err error, text string) {
	t.Helper()
	require.ErrorContains(t, err, text)
	var f *failure
	require.True(t, errors.As(err, &f) && f.code == exitUsage, "%v", err)
}

func TestFitNodes(t *testing.T) {
	replicated := sdk.Info{Name: "x", Claims: sdk.Claims{sdk.Replicated}}
	for _, c := range []struct {
		home devHome
		info sdk.Info
		note string
		bad  string
		want int
	}{
		{home: devHome{Nodes: 3}, info: replicated, want: 3},
		{home: devHome{Nodes: 1}, info: replicated, want: 1, note: "one node is no cluster"},
		{home: devHome{Nodes: 4}, info: replicated, want: 4, note: "4 nodes go on without 1, as 3 do"},
		{home: devHome{Nodes: 3}, info: sdk.Info{Name: "local"}, want: 1},
		{home: devHome{Nodes: 3, nodesGiven: true}, info: sdk.Info{Name: "local"}, want: 3, bad: "local isn't replicated"},
		{home: devHome{Nodes: 3, kept: true}, info: replicated, want: 3, bad: "--base-port 0"},
	} {
		var notes bytes.Buffer
		err := (&cli{err: &notes}).fitNodes(&c.home, c.info)
		require.Equal(t, c.want, c.home.Nodes)
		require.Contains(t, notes.String(), c.note)
		require.Equal(t, c.note == "", notes.Len() == 0)
		if c.bad != "" {
			requireUsage(t, err, c.bad)
		} else {
			require.NoError(t, err)
		}
	}
}

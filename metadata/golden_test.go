package metadata_test

import (
	"bytes"
	"encoding/hex"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/chronik-stream/metalog/metadata"
)

// What was written once must be read for ever, and what is summed up must stay
// the same: -update is for new kinds, not for changed bytes.
var update = flag.Bool("update", false, "write the golden files")

func golden(t *testing.T, name string, got []byte) []byte {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
		require.NoError(t, os.WriteFile(path, got, 0o644))
	}
	want, err := os.ReadFile(path)
	require.NoError(t, err)
	return want
}

// One event of every kind, as bytes in the log and as its fingerprint.
func TestGoldenEvents(t *testing.T) {
	events := everyCommand(t)
	var lines strings.Builder
	for _, name := range sortedNames(events) {
		raw, err := metadata.Encode(events[name])
		require.NoError(t, err)
		fmt.Fprintf(&lines, "%s %x %x\n", name, raw, metadata.FingerprintOf(events[name]))
	}
	want := golden(t, "events.txt", []byte(lines.String()))
	require.Equal(t, string(want), lines.String())

	for line := range strings.Lines(string(want)) {
		f := strings.Fields(line)
		raw, err := hex.DecodeString(f[1])
		require.NoError(t, err)
		ev, err := metadata.Decode(raw)
		require.NoError(t, err, f[0])
		require.True(t, proto.Equal(events[protoreflect.Name(f[0])], ev), f[0])
	}
}

func sortedNames[V any](m map[protoreflect.Name]V) []protoreflect.Name {
	var names []protoreflect.Name
	for name := range m {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// goldenState has a record of every kind, with every field in use somewhere.
func goldenState(t *testing.T) *metadata.State {
	t.Helper()
	l := newLine(metadata.Genesis().WithRequestLimits(20, 1<<20))
	for _, ev := range script(58) {
		l.do(t, ev)
	}
	return l.state
}

func TestGoldenSnapshot(t *testing.T) {
	s := goldenState(t)
	got := snapshot(t, s)
	want := golden(t, "state.bin", got)
	require.True(t, bytes.Equal(want, got), "the state part of a snapshot has other bytes than it had")
	digest := golden(t, "state.digest", []byte(s.Digest().String()+"\n"))
	require.Equal(t, string(digest), s.Digest().String()+"\n")

	restored, err := metadata.ReadState(bytes.NewReader(want))
	require.NoError(t, err)
	require.Equal(t, s.Digest(), restored.Digest())
	require.Equal(t, s.Counts(), restored.Counts())
	require.Positive(t, restored.Counts().Topics)
	require.Positive(t, restored.Counts().Brokers)
	require.Positive(t, restored.Counts().Configs)
	require.Positive(t, restored.DedupFloor())
}

// wholeState has a record of every kind that there is.
func wholeState(t *testing.T) *metadata.State {
	t.Helper()
	l := newLine(metadata.Genesis())
	for _, ev := range everyNoun() {
		l.must(t, ev)
	}
	return l.state
}

func TestGoldenSnapshotOfEveryNoun(t *testing.T) {
	s := wholeState(t)
	got := snapshot(t, s)
	want := golden(t, "whole.bin", got)
	require.True(t, bytes.Equal(want, got), "the state part of a snapshot has other bytes than it had")
	digest := golden(t, "whole.digest", []byte(s.Digest().String()+"\n"))
	require.Equal(t, string(digest), s.Digest().String()+"\n")

	restored, err := metadata.ReadState(bytes.NewReader(want))
	require.NoError(t, err)
	require.Equal(t, s.Digest(), restored.Digest())
	require.Equal(t, s.Counts(), restored.Counts())
	counts := reflect.ValueOf(restored.Counts())
	for i := range counts.NumField() {
		require.Positive(t, counts.Field(i).Int(), counts.Type().Field(i).Name)
	}
	require.Positive(t, restored.NextProducerID())
}

// The answers are in the digest, their words too.
func TestGoldenResults(t *testing.T) {
	l := newLine(metadata.Genesis())
	var lines strings.Builder
	for _, ev := range script(58) {
		res := l.do(t, ev)
		fmt.Fprintf(&lines, "%d %s %s %v %d %d\n", res.Revision, res.Code, res.Message,
			res.Response.TopicID, res.Response.Partitions, res.Response.BrokerEpoch)
	}
	require.Equal(t, string(golden(t, "results.txt", []byte(lines.String()))), lines.String())
}

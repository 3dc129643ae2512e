package main

import (
	"bytes"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/chronik-stream/metalog/host"
	"github.com/chronik-stream/metalog/metadata"
	"github.com/chronik-stream/metalog/metadata/eventpb"
)

func TestALogCatShowsHowAStateMoved(t *testing.T) {
	var out bytes.Buffer
	p := newLogPrinter(&out)
	require.NoError(t, p.Base(host.LogBase{State: metadata.Genesis(), SealedTo: "a"}))
	piece := &eventpb.Entry{Own: &eventpb.Entry_Import{Import: &eventpb.Import{Seq: 2, Chunk: []byte("abc")}}}
	late := &eventpb.Event{TimestampMs: 1}
	for _, e := range []host.LogEntry{
		{Index: 3, Entry: piece, Refused: "a gap", Importing: 7},
		{Index: 4, Entry: &eventpb.Entry{Own: &eventpb.Entry_Seal{Seal: &eventpb.Seal{Target: "b"}}}, Revision: 9, SealedTo: "b"},
		{Index: 5, Entry: &eventpb.Entry{}, Events: []host.LogEvent{{Event: late}}, Dropped: "moved to b", SealedTo: "b"},
		{Index: 6, Entry: &eventpb.Entry{Own: &eventpb.Entry_Unseal{Unseal: &eventpb.Unseal{}}}, Revision: 9},
		{Index: 7, Entry: &eventpb.Entry{Own: &eventpb.Entry_Barrier{Barrier: &eventpb.Barrier{}}}},
	} {
		require.NoError(t, p.Entry(e))
	}
	require.NoError(t, p.Flush())
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	require.Len(t, lines, 5)
	require.Contains(t, lines[0], `"sealed_to":"a"`)
	require.JSONEq(t, `{"index":3,"revision":0,"own":"import","piece":2,"bytes":3,"refused":"a gap","importing_bytes":7}`, lines[1])
	require.JSONEq(t, `{"index":4,"revision":9,"own":"seal","sealed_to":"b"}`, lines[2])
	require.Contains(t, lines[3], `"dropped":"moved to b"`)
	require.NotContains(t, lines[3], `"code"`)
	require.JSONEq(t, `{"index":6,"revision":9,"own":"unseal"}`, lines[4])
}

package main

import (
	"bufio"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"

	"google.golang.org/protobuf/encoding/protojson"

	"github.com/chronik-stream/metalog/host"
	"github.com/chronik-stream/metalog/metadata"
	"github.com/chronik-stream/metalog/metadata/eventpb"
)

// logPrinter prints a log as JSON lines. Flush it at the end.
type logPrinter struct {
	*bufio.Writer
	lines *json.Encoder
}

func newLogPrinter(out io.Writer) *logPrinter {
	buffer := bufio.NewWriter(out)
	return &logPrinter{Writer: buffer, lines: json.NewEncoder(buffer)}
}

// baseLine is the first line of log cat.
type baseLine struct {
	Base baseView `json:"base"`
}

type baseView struct {
	Index    uint64     `json:"index"`
	Revision uint64     `json:"revision"`
	Digest   string     `json:"digest"`
	Counts   countsView `json:"counts"`
	moveView
}

// moveView says how far a state has moved; empty if it hasn't.
type moveView struct {
	SealedTo       string `json:"sealed_to,omitempty"`
	ImportingBytes int64  `json:"importing_bytes,omitempty"`
}

// eventLine is one event of log cat.
type eventLine struct {
	Index        uint64          `json:"index"`
	Revision     uint64          `json:"revision,omitempty"` // of an uncommitted event it isn't known
	Code         string          `json:"code,omitempty"`
	Message      string          `json:"message,omitempty"`
	Deduplicated bool            `json:"deduplicated,omitempty"`
	Uncommitted  bool            `json:"uncommitted,omitempty"`
	Dropped      string          `json:"dropped,omitempty"` // why it wasn't applied
	RequestID    string          `json:"request_id"`
	Time         string          `json:"time"`
	Event        json.RawMessage `json:"event"`
}

// ownLine is an entry of log cat by which a state moves.
type ownLine struct {
	Index       uint64 `json:"index"`
	Revision    uint64 `json:"revision"` // after it
	Own         string `json:"own"`      // seal, unseal or import
	Piece       uint64 `json:"piece,omitempty"`
	Bytes       int    `json:"bytes,omitempty"` // of the piece
	Refused     string `json:"refused,omitempty"`
	Uncommitted bool   `json:"uncommitted,omitempty"`
	moveView
}

// Base prints where the log begins.
func (p *logPrinter) Base(b host.LogBase) error {
	return p.lines.Encode(baseLine{baseView{
		Index: b.Index, Revision: b.State.Revision(), Digest: b.State.Digest().String(), Counts: viewCounts(b.State.Counts()),
		moveView: moveView{b.SealedTo, b.Importing},
	}})
}

// Entry prints the events of an entry, or that the state moves by it; an entry of
// neither kind isn't printed.
func (p *logPrinter) Entry(e host.LogEntry) error {
	if own, moves := ownLineOf(e); moves {
		return p.lines.Encode(own)
	}
	for _, ev := range e.Events {
		line, err := lineOf(e, ev)
		if err != nil {
			return err
		}
		if err := p.lines.Encode(line); err != nil {
			return err
		}
	}
	return nil
}

func lineOf(e host.LogEntry, ev host.LogEvent) (eventLine, error) {
	event, err := protojson.Marshal(ev.Event)
	if err != nil {
		return eventLine{}, err
	}
	line := eventLine{
		Index: e.Index, Uncommitted: e.Uncommitted,
		RequestID: hex.EncodeToString(ev.Event.GetRequestId()), Time: clock(ev.Event.GetTimestampMs()), Event: event,
	}
	line.Dropped = e.Dropped
	if !e.Uncommitted && e.Dropped == "" {
		line.Revision, line.Code, line.Message = ev.Result.Revision, ev.Result.Code.String(), ev.Result.Message
		line.Deduplicated = ev.Result.Deduplicated
	}
	return line, nil
}

func ownLineOf(e host.LogEntry) (line ownLine, moves bool) {
	line = ownLine{
		Index: e.Index, Revision: e.Revision, Refused: e.Refused, Uncommitted: e.Uncommitted,
		moveView: moveView{e.SealedTo, e.Importing},
	}
	switch own := e.Entry.GetOwn().(type) {
	case *eventpb.Entry_Seal:
		line.Own = "seal"
	case *eventpb.Entry_Unseal:
		line.Own = "unseal"
	case *eventpb.Entry_Import:
		line.Own, line.Piece, line.Bytes = "import", own.Import.GetSeq(), len(own.Import.GetChunk())
	default:
		return ownLine{}, false
	}
	return line, true
}

func viewCounts(c metadata.Counts) countsView {
	return countsView{
		Topics: uint64(c.Topics), Partitions: uint64(c.Partitions), Brokers: uint64(c.Brokers), Groups: uint64(c.Groups),
		Offsets: uint64(c.Offsets), Transactions: uint64(c.Transactions), Segments: uint64(c.Segments),
	}
}

func (c countsView) String() string {
	return fmt.Sprintf("%d topics, %d partitions, %d brokers, %d groups, %d offsets, %d transactions, %d segments",
		c.Topics, c.Partitions, c.Brokers, c.Groups, c.Offsets, c.Transactions, c.Segments)
}

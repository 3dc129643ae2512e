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
}

// eventLine is one event of log cat.
type eventLine struct {
	Index        uint64          `json:"index"`
	Revision     uint64          `json:"revision,omitempty"` // of an uncommitted event it isn't known
	Code         string          `json:"code,omitempty"`
	Message      string          `json:"message,omitempty"`
	Deduplicated bool            `json:"deduplicated,omitempty"`
	Uncommitted  bool            `json:"uncommitted,omitempty"`
	RequestID    string          `json:"request_id"`
	Time         string          `json:"time"`
	Event        json.RawMessage `json:"event"`
}

// Base prints where the log begins.
func (p *logPrinter) Base(b host.LogBase) error {
	return p.lines.Encode(baseLine{baseView{
		Index: b.Index, Revision: b.State.Revision(), Digest: b.State.Digest().String(), Counts: viewCounts(b.State.Counts()),
	}})
}

// Entry prints the events of an entry; an entry without any isn't printed.
func (p *logPrinter) Entry(e host.LogEntry) error {
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
	if !e.Uncommitted {
		line.Revision, line.Code, line.Message = ev.Result.Revision, ev.Result.Code.String(), ev.Result.Message
		line.Deduplicated = ev.Result.Deduplicated
	}
	return line, nil
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

package launch

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

const (
	tailLines     = 10
	tailLineBytes = 512
)

// levelTrace is hclog's level below debug.
const levelTrace = slog.LevelDebug - 4

// output is where everything a plugin prints goes: to the log, and its last
// lines into errors about the plugin. Both streams of the process call it.
type output struct {
	log atomic.Pointer[slog.Logger]

	mu    sync.Mutex
	base  *slog.Logger
	attrs []any    // of every line
	last  []string // the newest tailLines lines of text, warnings and errors
	dying string   // the line that began the runtime's last words; empty: none
	flood flood
}

// newOutput writes to log; to nil, nowhere.
func newOutput(log *slog.Logger, attrs ...any) *output {
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	o := &output{base: log}
	o.with(attrs...)
	return o
}

// with adds attrs to every line from now on.
func (o *output) with(attrs ...any) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.attrs = append(o.attrs, attrs...)
	o.log.Store(o.base.With(o.attrs...))
}

// to sends every line from now on to log.
func (o *output) to(log *slog.Logger) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.base = log
	o.log.Store(log.With(o.attrs...))
}

func (o *output) logger() *slog.Logger { return o.log.Load() }

// print takes one line, whatever is in it: a plugin's stderr is no place to
// trust. A line of JSON with a message, as hclog and slog write them, keeps its
// level, time and fields; any other is plain text.
func (o *output) print(line []byte, cut bool) {
	if len(bytes.TrimSpace(line)) == 0 {
		return
	}
	rec, ok := parseLog(line)
	if !ok {
		rec = o.plain(line, cut)
	}
	if !ok || rec.Level >= slog.LevelWarn {
		o.remember(rec)
	}
	h := o.logger().Handler()
	if !h.Enabled(context.Background(), rec.Level) {
		return
	}
	pass, dropped := o.admit()
	if dropped > 0 {
		o.logger().Warn("the plugin printed too much, some lines are lost", "lines", dropped, "at_most_a_second", maxLines)
	}
	if pass {
		_ = h.Handle(context.Background(), rec) // a log that fails has nowhere to say so
	}
}

// admit keeps a flood out of the log. A process's last words are no flood,
// however long: they say where it died.
func (o *output) admit() (pass bool, dropped int) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.dying != "" {
		return true, 0
	}
	return o.flood.admit(time.Now())
}

// plain makes a record of a line of text. From a panic or a signal's dump on,
// everything that follows is the runtime's and an error.
func (o *output) plain(line []byte, cut bool) slog.Record {
	text := strings.ToValidUTF8(string(line), "�")
	level := slog.LevelInfo
	o.mu.Lock()
	if o.dying == "" && beginsLastWords(text) {
		o.dying = text
	}
	if o.dying != "" {
		level = slog.LevelError
	}
	o.mu.Unlock()
	rec := slog.NewRecord(time.Now(), level, text, 0)
	if cut {
		rec.AddAttrs(slog.Bool("cut", true))
	}
	return rec
}

func beginsLastWords(text string) bool {
	for _, prefix := range []string{"panic: ", "fatal error: ", "SIGQUIT: ", "runtime: "} {
		if strings.HasPrefix(text, prefix) {
			return true
		}
	}
	return false
}

func (o *output) remember(rec slog.Record) {
	text := rec.Message
	rec.Attrs(func(a slog.Attr) bool {
		text += " " + a.String()
		return len(text) < tailLineBytes
	})
	o.mu.Lock()
	defer o.mu.Unlock()
	if len(o.last) == tailLines {
		o.last = o.last[1:]
	}
	o.last = append(o.last, shorten(text))
}

// tail is what to show with an error: how a panic began, else the last lines.
func (o *output) tail() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.dying != "" {
		return shorten(o.dying)
	}
	return strings.Join(o.last, "\n")
}

func shorten(text string) string {
	if len(text) <= tailLineBytes {
		return text
	}
	return strings.ToValidUTF8(text[:tailLineBytes], "") + "…"
}

// parseLog reads a line of hclog (@message, @level, @timestamp) or of slog's
// JSON handler (msg, level, time). It is false for anything else.
func parseLog(line []byte) (slog.Record, bool) {
	var fields map[string]any
	dec := json.NewDecoder(bytes.NewReader(line))
	dec.UseNumber()
	if dec.Decode(&fields) != nil || dec.More() {
		return slog.Record{}, false
	}
	message, ok := takeString(fields, "@message", "msg")
	if !ok {
		return slog.Record{}, false
	}
	name, _ := takeString(fields, "@level", "level")
	rec := slog.NewRecord(takeTime(fields, "@timestamp", "time"), levelOf(name), message, 0)
	for _, key := range slices.Sorted(maps.Keys(fields)) {
		rec.AddAttrs(slog.Any(strings.TrimPrefix(key, "@"), fields[key]))
	}
	return rec, true
}

// takeString removes and returns the first of keys that is there, if it is a
// string.
func takeString(fields map[string]any, keys ...string) (string, bool) {
	for _, key := range keys {
		if s, ok := fields[key].(string); ok {
			delete(fields, key)
			return s, true
		}
	}
	return "", false
}

func takeTime(fields map[string]any, keys ...string) time.Time {
	for _, key := range keys {
		s, _ := fields[key].(string)
		if t, err := time.Parse(time.RFC3339Nano, s); err == nil {
			delete(fields, key)
			return t
		}
	}
	return time.Now()
}

func levelOf(name string) slog.Level {
	if strings.EqualFold(name, "trace") {
		return levelTrace
	}
	var level slog.Level
	if level.UnmarshalText([]byte(name)) != nil {
		return slog.LevelInfo
	}
	return level
}

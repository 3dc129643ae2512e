package launch_test

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/chronik-stream/metalog/host/launch"
)

func TestParseLog(t *testing.T) {
	for _, c := range []struct {
		name, line string
		level      slog.Level
		message    string // empty: plain text
		attrs      string
	}{
		{"hclog", `{"@level":"warn","@message":"slow","@module":"raft","ms":12}`, slog.LevelWarn, "slow", "module=raft ms=12"},
		{"slog", `{"time":"2026-01-02T03:04:05Z","level":"ERROR","msg":"broken","err":"x"}`, slog.LevelError, "broken", "err=x"},
		{"slog level with an addition", `{"level":"DEBUG-4","msg":"m"}`, slog.LevelDebug - 4, "m", ""},
		{"hclog trace", `{"@level":"trace","@message":"m"}`, slog.LevelDebug - 4, "m", ""},
		{"unknown level", `{"@level":"loud","@message":"m"}`, slog.LevelInfo, "m", ""},
		{"level that is no string", `{"@level":[1],"@message":"m"}`, slog.LevelInfo, "m", "level=[1]"},
		{"time that is none", `{"@timestamp":7,"@message":"m"}`, slog.LevelInfo, "m", "timestamp=7"},
		{"big number", `{"@message":"m","index":18446744073709551615}`, slog.LevelInfo, "m", "index=18446744073709551615"},
		{"message that is no string", `{"@level":"info","@message":5}`, 0, "", ""},
		{"no message", `{"@level":"info"}`, 0, "", ""},
		{"not an object", `["@message"]`, 0, "", ""},
		{"null", `null`, 0, "", ""},
		{"two values", `{"@message":"a"} {"@message":"b"}`, 0, "", ""},
		{"text", `goroutine 1 [running]:`, 0, "", ""},
		{"cut", `{"@message":"a`, 0, "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			rec, ok := launch.ParseLog([]byte(c.line))
			require.Equal(t, c.message != "", ok)
			if !ok {
				return
			}
			require.Equal(t, c.message, rec.Message)
			require.Equal(t, c.level, rec.Level)
			require.Equal(t, c.attrs, attrsOf(rec))
		})
	}
}

func TestParseHandshake(t *testing.T) {
	for _, c := range []struct {
		line           string
		ok             bool
		core, protocol int
	}{
		{"1|1|unix|/run/x|grpc|cert", true, 1, 1},
		{" 1|2|tcp|127.0.0.1:1|grpc\r", true, 1, 2},
		{"1|1|unix", false, 0, 0},
		{"a|1|unix|/x", false, 0, 0},
		{"1|b|unix|/x", false, 0, 0},
		{"1|1|udp|/x", false, 0, 0},
		{"| name | size |", false, 0, 0},
		{"", false, 0, 0},
	} {
		core, protocol, ok := launch.ParseHandshake([]byte(c.line))
		require.Equal(t, c.ok, ok, "%q", c.line)
		require.Equal(t, []int{c.core, c.protocol}, []int{core, protocol}, "%q", c.line)
	}
}

func TestReadLinesCutsLongOnes(t *testing.T) {
	long := strings.Repeat("x", 3*launch.MaxLine)
	var lines []string
	var cuts []bool
	launch.ReadLines(strings.NewReader("a\r\n\n"+long+"\nb"), func(line []byte, cut bool) {
		lines, cuts = append(lines, string(line)), append(cuts, cut)
	})
	require.Equal(t, []string{"a", "", long[:launch.MaxLine], "b"}, lines)
	require.Equal(t, []bool{false, false, true, false}, cuts)
}

func FuzzPrinted(f *testing.F) {
	for _, seed := range []string{
		`{"@level":"info","@message":5}`, `{"@message":"m","@timestamp":{}}`, "1|1|unix|/x|grpc|", "\x00\xff\n{", "panic: x",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		total := 0
		launch.ReadLines(bytes.NewReader(data), func(line []byte, _ bool) {
			total += len(line)
			require.LessOrEqual(t, len(line), launch.MaxLine)
			launch.ParseLog(line)
			launch.ParseHandshake(line)
		})
		require.LessOrEqual(t, total, len(data))
	})
}

func attrsOf(rec slog.Record) string {
	var attrs []string
	rec.Attrs(func(a slog.Attr) bool {
		attrs = append(attrs, a.String())
		return true
	})
	return strings.Join(attrs, " ")
}

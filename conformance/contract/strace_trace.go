package contract

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/chronik-stream/metalog/conformance/trial"
)

// trace is the system calls of a session, in no order over its threads.
type trace []systemCall

type systemCall struct {
	name     string
	args     string
	file     string // that it is about; empty: it names none
	begin    time.Time
	end      time.Time
	failed   bool
	injected bool
}

// traceLine is one of strace -ttt -T -y: when, what, with what, the result, how
// long.
var traceLine = regexp.MustCompile(`^(\d+\.\d+) (\w+)\((.*)\)\s+= (-?\w+)(.*) <(\d+\.\d+)>$`)

// fileOf is the file of a descriptor, as -y tells it.
var fileOf = regexp.MustCompile(`^\d*<([^>]*)>`)

// readTrace reads what strace -ff has written, a file for each thread. What isn't a
// call that has returned isn't of interest.
func readTrace(prefix string) (trace, error) {
	files, err := filepath.Glob(prefix + ".*")
	if err == nil && len(files) == 0 {
		err = errors.New("strace has left no trace")
	}
	var t trace
	for _, file := range files {
		raw, rerr := os.ReadFile(file)
		err = errors.Join(err, rerr)
		for lines := bufio.NewScanner(bytes.NewReader(raw)); lines.Scan(); {
			if c, ok := parseCall(lines.Text()); ok {
				t = append(t, c)
			}
		}
	}
	return t, trial.Harness(err)
}

func parseCall(line string) (systemCall, bool) {
	part := traceLine.FindStringSubmatch(line)
	if part == nil {
		return systemCall{}, false
	}
	began, err := strconv.ParseFloat(part[1], 64)
	took, err2 := strconv.ParseFloat(part[6], 64)
	if err != nil || err2 != nil {
		return systemCall{}, false
	}
	c := systemCall{
		name: part[2], args: part[3], failed: strings.HasPrefix(part[4], "-"), injected: strings.Contains(part[5], "(INJECTED)"),
		begin: time.UnixMicro(int64(began * 1e6)),
	}
	c.end = c.begin.Add(time.Duration(took * float64(time.Second)))
	about := part[3]
	if c.name == "openat" {
		about = part[5] // the descriptor that it made
	}
	if m := fileOf.FindStringSubmatch(about); m != nil {
		c.file = m[1]
	}
	return c, true
}

// injected counts the calls that were made to fail.
func (t trace) injected() int {
	n := 0
	for _, c := range t {
		if c.injected {
			n++
		}
	}
	return n
}

// covers says that within each span something in dir was made durable.
func (t trace) covers(spans []span, dir string) error {
	dir, err := filepath.EvalSymlinks(dir)
	if err != nil {
		return trial.Harness(err)
	}
	syncs := t.syncs(dir)
	for _, sp := range spans {
		if !within(sp, syncs) {
			if t.calls("io_uring_enter") {
				return trial.Unable("it uses io_uring, whose fsyncs can't be seen")
			}
			return fmt.Errorf("%s was proposed alone, and was acknowledged or delivered %v later without any fsync of a file in the data directory in between (%d over all %d proposals)",
				sp.name, sp.back.Sub(sp.call), len(syncs), len(spans))
		}
	}
	return nil
}

func within(sp span, syncs []systemCall) bool {
	for _, c := range syncs {
		if !c.begin.Before(sp.call) && !c.end.After(sp.back) {
			return true
		}
	}
	return false
}

// syncs are the calls after which bytes of a file in dir are durable: an fsync, or
// a write through a descriptor that was opened for that.
func (t trace) syncs(dir string) []systemCall {
	direct := map[string]bool{}
	for _, c := range t {
		if c.name == "openat" && (strings.Contains(c.args, "O_DSYNC") || strings.Contains(c.args, "O_SYNC")) {
			direct[c.file] = true
		}
	}
	var syncs []systemCall
	for _, c := range t {
		mapped := c.name == "msync" && strings.Contains(c.args, "MS_SYNC") // of an address: whose can't be told
		inside := mapped || strings.HasPrefix(c.file, dir+"/")
		if !c.failed && inside && (among(syncCalls, c.name) || among(writeCalls, c.name) && direct[c.file]) {
			syncs = append(syncs, c)
		}
	}
	return syncs
}

func (t trace) calls(name string) bool {
	for _, c := range t {
		if c.name == name {
			return true
		}
	}
	return false
}

func among(calls, name string) bool { return strings.Contains(","+calls+",", ","+name+",") }

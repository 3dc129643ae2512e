package contract

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/chronik-stream/metalog/conformance/trial"
)

// noRelatives says which processes a plugin has left in its group, or as its
// children, zombies aside.
func noRelatives(pid int) error {
	paths, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil || len(paths) == 0 {
		return trial.Unable("there is no /proc to see other processes in")
	}
	for _, path := range paths {
		raw, err := os.ReadFile(path)
		if err != nil {
			continue // it went meanwhile
		}
		p, ok := parseStat(string(raw))
		if ok && p.pid != pid && p.state != "Z" && (p.group == pid || p.parent == pid) {
			return fmt.Errorf("process %d (%s) is left of plugin process %d", p.pid, p.name, pid)
		}
	}
	return nil
}

type processStat struct {
	pid, parent, group int
	name, state        string
}

// parseStat reads the beginning of /proc/PID/stat. The name may hold anything.
func parseStat(line string) (p processStat, ok bool) {
	number, rest, found := strings.Cut(line, " (")
	end := strings.LastIndex(rest, ") ")
	if !found || end < 0 {
		return p, false
	}
	fields := strings.Fields(rest[end+2:])
	if len(fields) < 3 {
		return p, false
	}
	p.name, p.state = rest[:end], fields[0]
	for to, text := range map[*int]string{&p.pid: number, &p.parent: fields[1], &p.group: fields[2]} {
		n, err := strconv.Atoi(text)
		if err != nil {
			return p, false
		}
		*to = n
	}
	return p, true
}

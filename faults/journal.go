package faults

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"
)

// journal is what the drill does and what its nodes print, in two files. Any number
// of goroutines write it; what a disk doesn't take is lost.
type journal struct {
	start time.Time
	told  func(string)

	mu    sync.Mutex
	drill *os.File
	nodes *os.File
}

func openJournal(dir string, told func(string)) (*journal, error) {
	j := &journal{start: time.Now(), told: told}
	err := os.MkdirAll(dir, 0o755)
	if err == nil {
		j.drill, err = os.Create(filepath.Join(dir, "drill.log"))
	}
	if err == nil {
		j.nodes, err = os.Create(filepath.Join(dir, "nodes.log"))
	}
	if err != nil {
		return nil, errors.Join(err, j.drill.Close())
	}
	return j, nil
}

func (j *journal) say(line string) {
	j.mu.Lock()
	defer j.mu.Unlock()
	line = fmt.Sprintf("%7.3fs %s", time.Since(j.start).Seconds(), line)
	fmt.Fprintln(j.drill, line)
	fmt.Fprintln(j.nodes, "--- "+line)
	if j.told != nil {
		j.told(line)
	}
}

func (j *journal) node(name, line string) {
	j.mu.Lock()
	defer j.mu.Unlock()
	fmt.Fprintln(j.nodes, name+" | "+line)
}

func (j *journal) close() error { return errors.Join(j.drill.Close(), j.nodes.Close()) }

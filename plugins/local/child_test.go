package local_test

import (
	"bufio"
	"context"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"os/signal"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/chronik-stream/metalog/plugins/local"
	"github.com/chronik-stream/metalog/sdk"
)

// The test binary starts itself as a process that can be killed or limited.
const (
	childEnv  = "METALOG_TEST_LOCAL_CHILD"  // "dir": it opens that and writes until it fails or is killed
	roundEnv  = "METALOG_TEST_LOCAL_ROUND"  // goes into what it writes
	fsizeEnv  = "METALOG_TEST_LOCAL_FSIZE"  // the largest file it may write; it writes much and compacts never
	writerEnv = "METALOG_TEST_LOCAL_WRITER" // how many writers
)

// childOptions have snapshots and deletions go on all the time.
const childOptions = `{"compact_bytes": 65536}`

// child runs the other process's part, if this is one. Its output is a line
// for each Propose that has returned: "ok DATA", or the outcome and the error.
func child() bool {
	dir := os.Getenv(childEnv)
	if dir == "" {
		return false
	}
	options, pad := childOptions, ""
	if size, err := strconv.ParseUint(os.Getenv(fsizeEnv), 10, 64); err == nil {
		options, pad = "", strings.Repeat("x", 100_000)
		signal.Ignore(syscall.SIGXFSZ)
		limit := syscall.Rlimit{Cur: size, Max: size}
		must(syscall.Setrlimit(syscall.RLIMIT_FSIZE, &limit))
	}
	b := sdk.Guard(local.New(), sdk.Identity{Plugin: local.Name, DataFormat: local.DataFormat})
	m := newMachine()
	must(b.Open(context.Background(), sdk.Config{
		NodeID: "n1", DataDir: dir, Options: []byte(options), Logger: slog.New(slog.DiscardHandler),
	}, m))
	writers, err := strconv.Atoi(os.Getenv(writerEnv))
	must(err)
	var out sync.Mutex
	var wg sync.WaitGroup
	for w := range writers {
		wg.Go(func() {
			for i := 0; ; i++ {
				data := fmt.Sprintf("%s/%d/%d", os.Getenv(roundEnv), w, i)
				err := b.Propose(context.Background(), []byte(data+pad))
				out.Lock()
				if err == nil {
					fmt.Println("ok", data)
				} else {
					fmt.Println(sdk.OutcomeOf(err), data, err)
				}
				out.Unlock()
				if err != nil {
					return
				}
			}
		})
	}
	wg.Wait()
	if pad != "" {
		<-b.(sdk.Lifetime).Done()
	}
	last := m.status(true)
	fmt.Println("health", last.Health, last.Reason)
	must(b.Close(context.Background()))
	return true
}

func must(err error) {
	if err != nil {
		fmt.Println("child:", err)
		os.Exit(1)
	}
}

// spawn starts a child on dir and returns its output.
func spawn(t *testing.T, dir string, writers, round int, env ...string) (*exec.Cmd, *bufio.Scanner) {
	t.Helper()
	exe, err := os.Executable()
	require.NoError(t, err)
	cmd := exec.Command(exe)
	cmd.Env = append(os.Environ(), append(env,
		childEnv+"="+dir, roundEnv+"="+strconv.Itoa(round), writerEnv+"="+strconv.Itoa(writers))...)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	return cmd, bufio.NewScanner(out)
}

package main

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"hash/crc32"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// Each script tells one story of the command line, against real processes.
//
// Beyond testscript's own commands: node NAME starts one and points METALOG_ADDR
// at it, nodelog waits for a line of its log, stopnode and killnode end it,
// exitcode N COMMAND wants just that code, samedigest FILE compares with the
// last output, corrupt DIR flips a bit of what the node has stored, spoil HOW FROM TO
// makes a bad snapshot of a good one. MINI, NEXT and
// LIAR are plugins, the second with a newer data format, the third changes bytes;
// all are in PLUGINS.
func TestScripts(t *testing.T) {
	examples, err := filepath.Abs("../../examples")
	if err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata",
		RequireExplicitExec: true,
		Setup: func(env *testscript.Env) error {
			nodes := map[string]*nodeProcess{}
			env.Values[nodesKey{}] = nodes
			env.Setenv("EXAMPLES", examples)
			env.Setenv("GORACE", quickExit)
			for variable, program := range map[string]string{"MINI": "backend-mini", "NEXT": "backend-next", "LIAR": "backend-liar"} {
				path, err := exec.LookPath(program)
				if err != nil {
					return err
				}
				env.Setenv(variable, path)
				env.Setenv("PLUGINS", filepath.Dir(path))
			}
			env.Defer(func() {
				for _, n := range nodes {
					_ = n.kill()
				}
			})
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"node":       scriptNode,
			"stopnode":   scriptStop,
			"killnode":   scriptKill,
			"nodelog":    scriptLog,
			"exitcode":   scriptExitCode,
			"samedigest": scriptSameDigest,
			"corrupt":    scriptCorrupt,
			"spoil":      scriptSpoil,
		},
	})
}

type nodesKey struct{}

func nodesOf(ts *testscript.TestScript) map[string]*nodeProcess {
	return ts.Value(nodesKey{}).(map[string]*nodeProcess)
}

func scriptNode(ts *testscript.TestScript, _ bool, args []string) {
	n, err := startNode(ts.MkAbs("."), args[0], args[1:]...)
	ts.Check(err)
	nodesOf(ts)[args[0]] = n
	ts.Check(n.serving())
	ts.Setenv("METALOG_ADDR", n.grpc)
	ts.Setenv("GRPC", n.grpc)
	ts.Setenv("HTTP", n.http)
}

func scriptStop(ts *testscript.TestScript, _ bool, args []string) {
	ts.Check(nodesOf(ts)[args[0]].stop())
}

func scriptKill(ts *testscript.TestScript, _ bool, args []string) {
	ts.Check(nodesOf(ts)[args[0]].kill())
}

func scriptLog(ts *testscript.TestScript, _ bool, args []string) {
	_, err := nodesOf(ts)[args[0]].await(args[1])
	ts.Check(err)
}

func scriptExitCode(ts *testscript.TestScript, _ bool, args []string) {
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	err = ts.Exec(args[1], args[2:]...)
	got := 0
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		got, err = exit.ExitCode(), nil
	}
	ts.Check(err)
	if got != want {
		ts.Fatalf("exit code %d, want %d", got, want)
	}
}

func scriptSameDigest(ts *testscript.TestScript, _ bool, args []string) {
	var status statusView
	ts.Check(json.Unmarshal([]byte(ts.ReadFile(args[0])), &status))
	got := regexp.MustCompile(`digest"?:? +"?([0-9a-f]{64})`).FindStringSubmatch(ts.ReadFile("stdout"))
	if got == nil || got[1] != status.Digest {
		ts.Fatalf("digest %q, want %s", got, status.Digest)
	}
}

func scriptCorrupt(ts *testscript.TestScript, _ bool, args []string) {
	found, err := filepath.Glob(filepath.Join(ts.MkAbs(args[0]), "snapshot-*"))
	ts.Check(err)
	if len(found) == 0 {
		ts.Fatalf("no snapshot in %s", args[0])
	}
	raw, err := os.ReadFile(found[0])
	ts.Check(err)
	raw[len(raw)/2] ^= 1
	ts.Check(os.WriteFile(found[0], raw, 0o600))
}

// scriptSpoil: a header is 61 bytes and their CRC-32C, its format stands at 8.
func scriptSpoil(ts *testscript.TestScript, _ bool, args []string) {
	raw, err := os.ReadFile(ts.MkAbs(args[1]))
	ts.Check(err)
	switch args[0] {
	case "flip":
		raw[len(raw)/2] ^= 1
	case "cut":
		raw = raw[:len(raw)-9]
	case "tail":
		raw = append(raw, 0)
	case "newer":
		raw[8] = 99
		binary.LittleEndian.PutUint32(raw[61:], crc32.Checksum(raw[:61], crc32.MakeTable(crc32.Castagnoli)))
	default:
		ts.Fatalf("%s is no way to spoil a snapshot", args[0])
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[2]), raw, 0o600))
}

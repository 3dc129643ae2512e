package server

import (
	"fmt"
	"io"
	"time"

	"github.com/chronik-stream/metalog/host"
)

// check is one named condition of readiness.
type check struct {
	name   string
	failed string // what is wrong, for people; empty: passed
}

// checksOf derives every condition from one status, so that they fit together.
// The node is ready when all of them pass.
func checksOf(st host.Status, now time.Time) []check {
	return []check{
		{"backend", failedIf(!hasBackend(st.State), st, "no backend is open (%s)", st.State)},
		{"recovered", failedIf(st.LastBack.IsZero(), st, "the data directory is still being read: revision %d so far", st.Revision)},
		{"barrier", failedIf(!st.Ready, st, "%s", sinceLastBack(st, now))},
		{"not-failed", failedIf(st.State == host.PhaseFailed, st, "opening the backend again can't help")},
		{"not-halted", failedIf(st.State == host.PhaseHalted, st, "an entry couldn't be applied")},
		{"not-quarantined", failedIf(st.State == host.PhaseQuarantined, st, "other nodes have another state at the same revision")},
		{"not-stopping", failedIf(st.State == host.PhaseDraining || st.State == host.PhaseStopped, st, "the node is stopping")},
	}
}

func hasBackend(p host.Phase) bool {
	return p == host.PhaseRecovering || p == host.PhaseReady || p == host.PhaseDegraded
}

func sinceLastBack(st host.Status, now time.Time) string {
	if st.LastBack.IsZero() {
		return "no entry of this node has come back yet"
	}
	return fmt.Sprintf("the last entry of this node came back %s ago", now.Sub(st.LastBack).Round(time.Second))
}

// failedIf adds the node's own reason to ours.
func failedIf(failed bool, st host.Status, format string, args ...any) string {
	if !failed {
		return ""
	}
	text := fmt.Sprintf(format, args...)
	if st.Reason != "" {
		text += ": " + st.Reason
	}
	return text
}

func ready(checks []check) bool {
	for _, c := range checks {
		if c.failed != "" {
			return false
		}
	}
	return true
}

// report writes a line for each check, and then the sum.
func report(w io.Writer, checks []check) error {
	for _, c := range checks {
		line := "[+] " + c.name + ": ok\n"
		if c.failed != "" {
			line = "[-] " + c.name + ": " + c.failed + "\n"
		}
		if _, err := io.WriteString(w, line); err != nil {
			return err
		}
	}
	_, err := io.WriteString(w, verdict(checks))
	return err
}

func verdict(checks []check) string {
	if ready(checks) {
		return "ready\n"
	}
	return "not ready\n"
}

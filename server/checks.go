package server

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/chronik-stream/metalog/host"
)

// check is one named condition of readiness.
type check struct {
	name   string
	failed string // what is wrong, for people; empty: passed
}

// checksOf derives every condition from one status, so that they fit together.
// The node is ready when all of them pass. The node's own reason stands once,
// in the check that names the state best. A sealed node is ready: it serves reads,
// and its reason says that it takes no writes.
func checksOf(st host.Status, now time.Time) []check {
	return []check{
		{"backend", failedIf(!hasBackend(st.State), "no backend is open (%s)%s", st.State, whyNoBackend(st))},
		{"recovered", failedIf(st.LastBack.IsZero(), "the data directory is still to be read: revision %d so far", st.Revision)},
		{"barrier", failedIf(!st.Ready && (st.Importing == 0 || st.State != host.PhaseDegraded), "%s", sinceLastBack(st, now))},
		{"not-importing", failedIf(st.Importing > 0, "a snapshot is being imported, %d bytes so far: nothing is served before it is complete", st.Importing)},
		{"not-failed", failedIf(st.State == host.PhaseFailed, "opening the backend again can't help%s", reason(st))},
		{"not-halted", failedIf(st.State == host.PhaseHalted, "an entry couldn't be applied%s", reason(st))},
		{"not-quarantined", failedIf(st.State == host.PhaseQuarantined, "other nodes have another state at the same revision%s", reason(st))},
		{"not-stopping", failedIf(st.State == host.PhaseDraining || st.State == host.PhaseStopped, "the node is stopping%s", reason(st))},
	}
}

// whyNoBackend leaves the reason to a later check, if that is about the state.
func whyNoBackend(st host.Status) string {
	if st.State == host.PhaseStarting || st.State == host.PhaseBackoff {
		return reason(st)
	}
	return ""
}

func reason(st host.Status) string {
	if st.Reason == "" {
		return ""
	}
	return ": " + st.Reason
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

func failedIf(failed bool, format string, args ...any) string {
	if !failed {
		return ""
	}
	return fmt.Sprintf(format, args...)
}

func ready(checks []check) bool {
	for _, c := range checks {
		if c.failed != "" {
			return false
		}
	}
	return true
}

// report writes a line for each check, and then the sum. A node whose backend
// is open and that yet has a reason isn't well.
func report(w io.Writer, checks []check, st host.Status) error {
	for _, c := range checks {
		line := "[+] " + c.name + ": ok"
		switch {
		case c.failed != "":
			line = "[-] " + c.name + ": " + c.failed
		case c.name == "backend" && st.Reason != "":
			line += ", but " + st.Reason
		}
		line = strings.ReplaceAll(line, "\n", "\n    ") + "\n"
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

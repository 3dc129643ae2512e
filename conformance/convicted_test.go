package conformance_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/chronik-stream/metalog/conformance"
	"github.com/chronik-stream/metalog/conformance/report"
	"github.com/chronik-stream/metalog/sdk"
)

// A plugin with one thing wrong fails the cases that are about it, with a reason
// that says what, and holds nobody up.
func TestEvilPluginsAreConvicted(t *testing.T) {
	if testing.Short() {
		t.Skip("not shown: that the suite convicts a plugin with one thing wrong (it waits for what hangs)")
	}
	for mode, verdicts := range map[string]map[string]string{
		"hangs in Propose":           {"SES-007": "the answers to all 200 proposals didn't come"},
		"hangs in Close":             {"PRC-007": "the Close call"},
		"ends in mid-session":        {"PRC-006": "it ended in mid-session"},
		"stops itself":               {"BPR-005": "the answer to ping"},
		"prints records that aren't": {"PRC-009": `{\"@level\":\"info\",\"@m`},
		"prints too much":            {"PRC-009": "900 are enough"},
		"prints on stdout":           {"HSK-006": `stdout "starting up\n`},
		"leaves a child":             {"PRC-008": "(sleep) is left of plugin process"},
		"writes where it stands":     {"PRC-008": "there is debris in cwd"},
		"is another by hand":         {"HSK-003": `by hand it claims [`},
		"is silent by hand":          {"HSK-003": "JSON", "HSK-005": "it exited with 0", "HSK-007": "it exited with 0"},
		"panics by hand":             {"HSK-007": "it exited with 2", "HSK-008": "it exited with 2"},
		"claims what it can't":       {"HSK-002": "\"transfer\" is made twice"},
		"takes any setting":          {"OPN-014": "Open went well", "OPN-015": "Open went well", "OPN-016": "Open went well"},
		"ignores the window":         {"BPR-001": "the window is 8 entries", "BPR-002": "the window is 1 entries", "BPR-003": "bytes (R9)"},
		"doesn't hear pings":         {"BPR-004": "the answer to ping"},
		"counts from nought":         {"SES-007": "a message has position 0"},
		"says no status":             {"SES-001": "first message didn't come"},
		"is endlessly patient":       {"BPR-006": "a status of health FAILED"},
		"takes anything for Hello":   {"SES-008": "the session's end didn't come"},
		"outlives its session":       {"PRC-005": "is still there 5s after"},
	} {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			convicted(t, child(t, mode), verdicts)
		})
	}
}

func TestEvilBackendsAreConvicted(t *testing.T) {
	t.Run("gives Apply no end", func(t *testing.T) {
		spec := spoilt(spoil{open: func(_ *sdk.Config, sm *sdk.StateMachine) { *sm = deaf{*sm} }})
		convicted(t, conformance.InProcess(spec), map[string]string{"BPR-007": "Apply waits for its context"})
	})
	t.Run("names no leader", func(t *testing.T) {
		spec := spoilt(spoil{open: func(_ *sdk.Config, sm *sdk.StateMachine) { *sm = leaderless{*sm} }})
		convicted(t, conformance.InProcess(spec), map[string]string{"SES-009": `names leader ""`})
	})
	t.Run("looks at no directory", func(t *testing.T) {
		verdicts := map[string]string{"OPN-001": "there is no IDENTITY"}
		for _, id := range []string{"003", "004", "005", "006", "007", "008", "009", "011", "012", "018"} {
			verdicts["OPN-"+id] = "Open went well"
		}
		convicted(t, unguarded{conformance.InProcess(single())}, verdicts)
	})
	t.Run("leaves a file open", func(t *testing.T) {
		var h hoard
		defer h.clear()
		convicted(t, conformance.InProcess(spoilt(spoil{open: h.open})), map[string]string{"PRC-010": "open descriptors"})
	})
}

// convicted says that each of the cases failed for its reason.
func convicted(t *testing.T, target conformance.Target, verdicts map[string]string) {
	t.Helper()
	o := conformance.Options{Dir: t.TempDir(), Patience: 6 * time.Second}
	for id := range verdicts {
		o.Run = append(o.Run, id)
	}
	rep, err := conformance.Run(t.Context(), target, o)
	require.NoError(t, err)
	require.Len(t, rep.Results, len(verdicts))
	for _, r := range rep.Results {
		require.Equal(t, report.Fail, r.State, "%s: %s", r.ID, r.Reason)
		require.Contains(t, r.Reason, verdicts[r.ID], r.ID)
	}
	require.Less(t, rep.Seconds, 60.0)
}

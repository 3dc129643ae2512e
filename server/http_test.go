package server_test

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	metalogv1 "github.com/chronik-stream/metalog/api/metalog/v1"
	"github.com/chronik-stream/metalog/host"
	"github.com/chronik-stream/metalog/server"
)

func get(t *testing.T, url string) (code int, body string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	require.NoError(t, err)
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: patience}
	resp, err := client.Do(req)
	require.NoError(t, err)
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	return resp.StatusCode, string(data)
}

func TestReadyzNamesWhatIsMissing(t *testing.T) {
	now := time.Now()
	f := &fake{}
	url := serve(t, f, server.Config{}).http
	for name, row := range map[string]struct {
		status host.Status
		failed []string
		says   string
	}{
		"ready":       {host.Status{State: host.PhaseReady, Ready: true, LastBack: now}, nil, "ready"},
		"degraded":    {host.Status{State: host.PhaseDegraded, Ready: true, LastBack: now, Reason: "slow disk"}, nil, "[+] backend: ok, but slow disk\n"},
		"starting":    {host.Status{State: host.PhaseStarting}, []string{"backend", "recovered", "barrier"}, "no backend is open (starting)"},
		"recovering":  {host.Status{State: host.PhaseRecovering, Revision: 812}, []string{"recovered", "barrier"}, "revision 812 so far"},
		"backoff":     {host.Status{State: host.PhaseBackoff, LastBack: now.Add(-5 * time.Second), Reason: "the plugin exited"}, []string{"backend", "barrier"}, "(backoff): the plugin exited"},
		"two lines":   {host.Status{State: host.PhaseBackoff, LastBack: now, Reason: "it panicked:\nmain.go"}, []string{"backend", "barrier"}, "it panicked:\n    main.go\n"},
		"silent":      {host.Status{State: host.PhaseDegraded, LastBack: now.Add(-2 * time.Minute)}, []string{"barrier"}, "came back 2m0s ago"},
		"failed":      {host.Status{State: host.PhaseFailed, Reason: "wrong directory"}, []string{"backend", "recovered", "barrier", "not-failed"}, "wrong directory"},
		"halted":      {host.Status{State: host.PhaseHalted, LastBack: now, Reason: "index 7"}, []string{"backend", "barrier", "not-halted"}, "an entry couldn't be applied: index 7"},
		"quarantined": {host.Status{State: host.PhaseQuarantined, LastBack: now, Reason: "revision 9"}, []string{"backend", "barrier", "not-quarantined"}, "revision 9"},
		"sealed":      {host.Status{State: host.PhaseDegraded, Ready: true, LastBack: now, SealedTo: "b", Reason: "sealed: moved to b"}, nil, "[+] backend: ok, but sealed: moved to b\n"},
		"importing":   {host.Status{State: host.PhaseDegraded, LastBack: now, Importing: 812}, []string{"not-importing"}, "812 bytes so far"},
		"half, away":  {host.Status{State: host.PhaseBackoff, LastBack: now, Importing: 812}, []string{"backend", "barrier", "not-importing"}, "812 bytes so far"},
		"draining":    {host.Status{State: host.PhaseDraining, LastBack: now}, []string{"backend", "barrier", "not-stopping"}, "the node is stopping"},
	} {
		t.Run(name, func(t *testing.T) {
			f.set(row.status)
			want := http.StatusOK
			if len(row.failed) > 0 {
				want = http.StatusServiceUnavailable
			}
			code, verdict := get(t, url+"/readyz")
			require.Equal(t, want, code)
			require.Equal(t, len(row.failed) == 0, verdict == "ready\n", verdict)
			code, report := get(t, url+"/readyz?verbose")
			require.Equal(t, want, code)
			require.Contains(t, report, row.says)
			if reason, _, _ := strings.Cut(row.status.Reason, "\n"); reason != "" {
				require.Equal(t, 1, strings.Count(report, reason), "the reason stands once: %s", report)
			}
			var failed []string
			for line := range strings.Lines(report) {
				if rest, ok := strings.CutPrefix(line, "[-] "); ok {
					check, _, _ := strings.Cut(rest, ":")
					failed = append(failed, check)
				}
			}
			require.Equal(t, row.failed, failed, report)

			code, _ = get(t, url+"/livez")
			require.Equal(t, http.StatusOK, code, "alive in every state")
		})
	}
}

// metricNames are what dashboards and alerts may rely on.
var metricNames = []string{
	"metalog_applied_index", "metalog_brokers", "metalog_feature_level", "metalog_importing_bytes 0", "metalog_sealed 0", "metalog_grpc_request_seconds_bucket",
	`metalog_grpc_requests_total{code="AlreadyExists",method="metalog.v1.Metadata/CreateTopic"} 1`,
	`metalog_grpc_requests_total{code="OK",method="metalog.v1.Metadata/CreateTopic"} 1`,
	`metalog_info{backend="inmem",backend_version="`, "metalog_last_entry_back_timestamp_seconds", "metalog_leader 1", "metalog_partitions 5",
	"metalog_plugin_restarts_total 0", "metalog_queued_writes 0", "metalog_ready 1", "metalog_revision 2",
	`metalog_state{state="backoff"} 0`, `metalog_state{state="ready"} 1`, "metalog_topics 1", "metalog_waiting_writes 0",
	"go_goroutines", "process_open_fds",
}

func TestMetrics(t *testing.T) {
	r := serve(t, node(t), server.Config{})
	api := r.metadata(t)
	for range 2 {
		_, _ = api.CreateTopic(t.Context(), &metalogv1.CreateTopicRequest{Name: "orders", Partitions: new(int32(5))})
	}
	code, body := get(t, r.http+"/metrics")
	require.Equal(t, http.StatusOK, code)
	for _, name := range metricNames {
		require.Contains(t, body, "\n"+name)
	}
}

func TestHTTPKnowsNothingElse(t *testing.T) {
	url := serve(t, &fake{}, server.Config{}).http
	code, _ := get(t, url+"/debug/pprof/")
	require.Equal(t, http.StatusNotFound, code)
	code, body := get(t, url+"/")
	require.Equal(t, http.StatusOK, code)
	require.Contains(t, body, "/readyz?verbose")
}

package server

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/chronik-stream/metalog/host"
)

// nodeCollector reads the node's status once a scrape.
type nodeCollector struct {
	node    Node
	version string
}

// gauge is a figure of the status.
type gauge struct {
	desc *prometheus.Desc
	kind prometheus.ValueType
	of   func(host.Status) float64
}

func newGauge(name, help string, of func(host.Status) float64) gauge {
	return gauge{prometheus.NewDesc(name, help, nil, nil), prometheus.GaugeValue, of}
}

var gauges = []gauge{
	newGauge("metalog_ready", "1 if an entry of this node has come back within the last minute, and no import is half done.", func(st host.Status) float64 { return oneIf(st.Ready) }),
	newGauge("metalog_revision", "Events applied in the whole history.", func(st host.Status) float64 { return float64(st.Revision) }),
	newGauge("metalog_applied_index", "The backend's own position of the last entry applied.", func(st host.Status) float64 { return float64(st.AppliedIndex) }),
	newGauge("metalog_feature_level", "The feature level of the state.", func(st host.Status) float64 { return float64(st.FeatureLevel) }),
	newGauge("metalog_topics", "Topics in the state.", func(st host.Status) float64 { return float64(st.Counts.Topics) }),
	newGauge("metalog_partitions", "Partitions in the state.", func(st host.Status) float64 { return float64(st.Counts.Partitions) }),
	newGauge("metalog_groups", "Consumer groups in the state.", func(st host.Status) float64 { return float64(st.Counts.Groups) }),
	newGauge("metalog_offsets", "Committed offsets in the state.", func(st host.Status) float64 { return float64(st.Counts.Offsets) }),
	newGauge("metalog_transactions", "Transactional ids in the state.", func(st host.Status) float64 { return float64(st.Counts.Transactions) }),
	newGauge("metalog_segments", "Segments in the state.", func(st host.Status) float64 { return float64(st.Counts.Segments) }),
	newGauge("metalog_brokers", "Brokers in the state.", func(st host.Status) float64 { return float64(st.Counts.Brokers) }),
	newGauge("metalog_waiting_writes", "Writes that wait for their answer.", func(st host.Status) float64 { return float64(st.Waiting) }),
	newGauge("metalog_queued_writes", "Writes that wait to be proposed.", func(st host.Status) float64 { return float64(st.Queued) }),
	newGauge("metalog_last_entry_back_timestamp_seconds", "When an entry of this node last came back; 0: never.", func(st host.Status) float64 { return unixSeconds(st.LastBack) }),
	newGauge("metalog_sealed", "1 if the cluster is sealed: its state has moved, and writes are refused.", func(st host.Status) float64 { return oneIf(st.SealedTo != "") }),
	newGauge("metalog_importing_bytes", "Bytes of a snapshot whose import isn't complete; 0: none.", func(st host.Status) float64 { return float64(st.Importing) }),
	newGauge("metalog_leader", "1 if this node leads.", func(st host.Status) float64 { return oneIf(roleOf(st) == "leader") }),
	{
		prometheus.NewDesc("metalog_plugin_restarts_total", "Backend sessions opened after the first.", nil, nil),
		prometheus.CounterValue, func(st host.Status) float64 { return float64(st.Plugin.Restarts) },
	},
}

var (
	stateDesc = prometheus.NewDesc("metalog_state", "1 for the state that the node is in.", []string{"state"}, nil)
	infoDesc  = prometheus.NewDesc("metalog_info", "Always 1; who this is.", []string{"node", "version", "backend", "backend_version"}, nil)
)

var phases = []host.Phase{
	host.PhaseStarting, host.PhaseOpening, host.PhaseRecovering, host.PhaseReady, host.PhaseDegraded, host.PhaseBackoff,
	host.PhaseDraining, host.PhaseStopped, host.PhaseFailed, host.PhaseHalted, host.PhaseQuarantined,
}

// Describe is called by the registry.
func (c *nodeCollector) Describe(out chan<- *prometheus.Desc) {
	for _, g := range gauges {
		out <- g.desc
	}
	out <- stateDesc
	out <- infoDesc
}

// Collect is called by the registry, for each scrape.
func (c *nodeCollector) Collect(out chan<- prometheus.Metric) {
	st := c.node.Status()
	for _, g := range gauges {
		out <- prometheus.MustNewConstMetric(g.desc, g.kind, g.of(st))
	}
	for _, p := range phases {
		out <- prometheus.MustNewConstMetric(stateDesc, prometheus.GaugeValue, oneIf(p == st.State), string(p))
	}
	out <- prometheus.MustNewConstMetric(infoDesc, prometheus.GaugeValue, 1, st.NodeID, c.version, st.Plugin.Name, st.Plugin.Version)
}

func oneIf(yes bool) float64 {
	if yes {
		return 1
	}
	return 0
}

func unixSeconds(t time.Time) float64 {
	if t.IsZero() {
		return 0
	}
	return float64(t.UnixMilli()) / 1000
}

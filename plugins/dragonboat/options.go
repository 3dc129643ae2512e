package dragonboat

import (
	"encoding/json"
	"hash/fnv"
	"log/slog"
	"time"

	"github.com/lni/dragonboat/v4/config"
	"github.com/lni/dragonboat/v4/raftio"

	"github.com/chronik-stream/metalog/internal/options"
	"github.com/chronik-stream/metalog/internal/peerport"
	"github.com/chronik-stream/metalog/sdk"
)

// Options are the backend's own settings, as JSON in sdk.Config.Options. What
// is absent has its default.
type Options struct {
	// HeartbeatInterval is how often a leader is heard of. 50ms if absent. It is the
	// library's clock, too: every node has to have the same.
	HeartbeatInterval options.Duration `json:"heartbeat_interval,omitempty" jsonschema:"default=50ms"`
	// ElectionTimeout is how long a follower hears nothing of its leader before it
	// stands for election, or up to twice as long. 500ms if absent; at least three
	// times HeartbeatInterval.
	ElectionTimeout options.Duration `json:"election_timeout,omitempty" jsonschema:"default=500ms"`
	// SnapshotEntries is after how many entries a snapshot is taken. 8192 if absent.
	SnapshotEntries uint64 `json:"snapshot_entries,omitempty" jsonschema:"minimum=1,default=8192"`
	// SnapshotBytes is how large the log may get before a snapshot replaces it,
	// whatever the number of its entries. 64 MiB if absent.
	SnapshotBytes int64 `json:"snapshot_bytes,omitempty" jsonschema:"minimum=4096,default=67108864"`
	// TrailingEntries is how many entries stay in the log behind a snapshot, for
	// followers that are a little late. 10240 if absent.
	TrailingEntries uint64 `json:"trailing_entries,omitempty" jsonschema:"minimum=0,default=10240"`
	// MaxUnapplied is how many bytes of entries may wait to be applied before writes
	// are refused as overload. 64 MiB if absent.
	MaxUnapplied int64 `json:"max_unapplied,omitempty" jsonschema:"minimum=4194304,default=67108864"`
	// TLS protects the peer port, and lets in only who has a certificate.
	TLS *peerport.TLSFiles `json:"tls,omitempty"`
	// Insecure allows a peer port that other machines reach without TLS.
	Insecure bool `json:"insecure,omitempty"`
}

func defaultOptions() Options {
	return Options{
		HeartbeatInterval: options.Duration(50 * time.Millisecond), ElectionTimeout: options.Duration(500 * time.Millisecond),
		SnapshotEntries: 8192, SnapshotBytes: 64 << 20, TrailingEntries: 10240, MaxUnapplied: 64 << 20,
	}
}

func parseOptions(raw json.RawMessage) (Options, error) {
	o := defaultOptions()
	if err := options.Decode(raw, &o, "docs/reference/dragonboat.md"); err != nil {
		return o, err
	}
	return o, options.Check(
		options.Time("heartbeat_interval", o.HeartbeatInterval, 5*time.Millisecond, 10*time.Second),
		options.Time("election_timeout", o.ElectionTimeout, 3*time.Duration(o.HeartbeatInterval), 2*time.Minute),
		options.Number("snapshot_entries", o.SnapshotEntries, 1, 1<<40),
		options.Number("snapshot_bytes", o.SnapshotBytes, 4<<10, 1<<50),
		options.Number("trailing_entries", o.TrailingEntries, 0, 1<<40),
		options.Number("max_unapplied", o.MaxUnapplied, 4<<20, 1<<40),
	)
}

// peerTLS opens the certificates; nil: there are none.
func (o Options) peerTLS(log *slog.Logger) (*peerport.TLS, error) {
	if o.TLS == nil {
		return nil, nil
	}
	return peerport.OpenTLS(*o.TLS, log, time.Now)
}

func (o Options) electionTime() time.Duration { return time.Duration(o.ElectionTimeout) }

// patience is how long a leader is waited for: up to two election timeouts pass until
// somebody stands, and of two at once neither may win.
func (o Options) patience() time.Duration { return 4 * o.electionTime() }

// replicaConfig is the library's configuration of the replica.
func (o Options) replicaConfig(number uint64, learner bool) config.Config {
	return config.Config{
		ShardID: shard, ReplicaID: number, IsNonVoting: learner,
		PreVote: true, CheckQuorum: true, OrderedConfigChange: true,
		HeartbeatRTT: 1, ElectionRTT: uint64(o.ElectionTimeout / o.HeartbeatInterval),
		SnapshotEntries: o.SnapshotEntries, CompactionOverhead: o.TrailingEntries, MaxInMemLogSize: uint64(o.MaxUnapplied),
	}
}

// hostConfig is the library's configuration of the node around it: one worker of
// each kind, since there is one replica. Without d it keeps everything by itself.
func (o Options) hostConfig(cfg sdk.Config, d *disk) config.NodeHostConfig {
	c := config.NodeHostConfig{
		DeploymentID: deploymentOf(cfg.ClusterID), NodeHostDir: cfg.DataDir, RaftAddress: cfg.Address,
		RTTMillisecond:   uint64(time.Duration(o.HeartbeatInterval) / time.Millisecond),
		MaxSendQueueSize: uint64(o.MaxUnapplied), MaxReceiveQueueSize: uint64(o.MaxUnapplied),
		Expert: config.ExpertConfig{
			Engine: config.EngineConfig{ExecShards: 1, CommitShards: 1, ApplyShards: 1, SnapshotShards: 2, CloseShards: 1},
			LogDB:  config.GetTinyMemLogDBConfig(),
		},
	}
	if d != nil {
		c.NodeHostDir, c.Expert.FS, c.Expert.LogDBFactory = libraryHome, d.files, logFactory{d.log}
	}
	return c
}

// deploymentOf is a number by which the library tells clusters apart, beside what
// the peer port does.
func deploymentOf(cluster string) uint64 {
	h := fnv.New64a()
	_, _ = h.Write([]byte(cluster)) // never fails
	return max(h.Sum64(), 1)
}

// logFactory gives the library the log that is open.
type logFactory struct{ log *logDB }

// Create returns it.
func (f logFactory) Create(config.NodeHostConfig, config.LogDBCallback, []string, []string) (raftio.ILogDB, error) {
	return f.log, nil
}

// Name is the log's.
func (f logFactory) Name() string { return f.log.Name() }

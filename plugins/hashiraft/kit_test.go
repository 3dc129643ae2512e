package hashiraft_test

import (
	"testing"

	"go.uber.org/goleak"

	"github.com/chronik-stream/metalog/internal/clustertest"
	"github.com/chronik-stream/metalog/plugins/hashiraft"
	"github.com/chronik-stream/metalog/sdk"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// quick has elections within a second or two. Shorter ones a busy machine would
// hold by itself.
const quick = `{"heartbeat_timeout": "1s", "election_timeout": "1s"}`

var identity = sdk.Identity{Plugin: hashiraft.Name, DataFormat: hashiraft.DataFormat, Claims: hashiraft.Claims()}

var kind = clustertest.Kind{New: hashiraft.New, Identity: identity, Options: quick}

func newCluster(t *testing.T, n int) *clustertest.Cluster {
	t.Helper()
	return clustertest.NewCluster(t, kind, n)
}

func startCluster(t *testing.T, n int) *clustertest.Cluster {
	t.Helper()
	return clustertest.StartCluster(t, kind, n)
}

// What every backend of several nodes does, this one does, too.
func TestCluster(t *testing.T) { clustertest.Run(t, kind) }

package dragonboat_test

import (
	"testing"

	"go.uber.org/goleak"

	"github.com/chronik-stream/metalog/internal/clustertest"
	"github.com/chronik-stream/metalog/plugins/dragonboat"
	"github.com/chronik-stream/metalog/sdk"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// quick has elections within a second or two. Shorter ones a busy machine would
// hold by itself.
const quick = `{"heartbeat_interval": "100ms", "election_timeout": "1s"}`

var kind = clustertest.Kind{
	New: dragonboat.New, Options: quick,
	Identity: sdk.Identity{Plugin: dragonboat.Name, DataFormat: dragonboat.DataFormat, Claims: dragonboat.Claims()},
}

// What every backend of several nodes does, this one does, too.
func TestCluster(t *testing.T) { clustertest.Run(t, kind) }

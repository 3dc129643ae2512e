package dragonboat_test

import (
	"testing"
	"time"

	"github.com/chronik-stream/metalog/internal/clustertest"
)

// What conditions are waited for with.
const (
	soonest = 10 * time.Second
	tick    = 5 * time.Millisecond
)

func newCluster(t *testing.T, n int) *clustertest.Cluster {
	t.Helper()
	return clustertest.NewCluster(t, kind, n)
}

func startCluster(t *testing.T, n int) *clustertest.Cluster {
	t.Helper()
	return clustertest.StartCluster(t, kind, n)
}

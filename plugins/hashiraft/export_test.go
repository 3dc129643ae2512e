package hashiraft

import (
	"github.com/hashicorp/raft"

	"github.com/chronik-stream/metalog/sdk"
)

// NewOn is New with a disk of the test's own in front of the log.
func NewOn(wrap func(raft.LogStore) raft.LogStore) sdk.Backend {
	b := New().(*Backend)
	b.seam.logs = wrap
	return b
}

package inmem_test

import (
	"context"
	"fmt"
	"io"

	"github.com/chronik-stream/metalog/sdk"
	"github.com/chronik-stream/metalog/sdk/inmem"
)

// printer is a host that prints what it is told.
type printer struct{ node string }

func (p printer) Apply(_ context.Context, entries ...sdk.Entry) error {
	for _, e := range entries {
		fmt.Printf("%s: %d %s\n", p.node, e.Index, e.Data)
	}
	return nil
}

func (printer) Snapshot(context.Context) (sdk.Snapshot, error) { return nil, io.EOF }
func (printer) Restore(context.Context, io.Reader) error       { return nil }
func (printer) SetStatus(sdk.Status)                           {}

func ExampleCluster() {
	ctx, cluster := context.Background(), inmem.NewCluster()
	for _, node := range []string{"n1", "n2"} {
		b := cluster.Backend(node)
		_ = b.Open(ctx, sdk.Config{NodeID: node}, printer{node})
		_ = b.Propose(ctx, fmt.Append(nil, "hello from ", node))
		if r, ok := sdk.As[sdk.ReadBarrierer](b); ok {
			_ = r.ReadBarrier(ctx) // everything so far has been applied here
		}
		_ = b.Close(ctx)
	}
	// Output:
	// n1: 1 hello from n1
	// n2: 1 hello from n1
	// n2: 2 hello from n2
}

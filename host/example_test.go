package host_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/chronik-stream/metalog/host"
	"github.com/chronik-stream/metalog/metadata"
	"github.com/chronik-stream/metalog/sdk"
	"github.com/chronik-stream/metalog/sdk/inmem"
)

func Example() {
	ctx := context.Background()
	md, err := host.Open(ctx, host.Config{
		NodeID:  "n1",
		Backend: func(context.Context) (sdk.Backend, error) { return inmem.New(), nil },
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer md.Close()

	created, err := md.CreateTopic(ctx, metadata.TopicSpec{Name: "orders", Partitions: 6, ReplicationFactor: 1})
	fmt.Println(created.Revision, created.Partitions, err)
	_, err = md.CreateTopic(ctx, metadata.TopicSpec{Name: "orders", Partitions: 6, ReplicationFactor: 1})
	fmt.Println(errors.Is(err, metadata.ErrAlreadyExists))
	// Output:
	// 1 6 <nil>
	// true
}

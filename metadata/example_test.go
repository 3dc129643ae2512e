package metadata_test

import (
	"fmt"

	"github.com/chronik-stream/metalog/metadata"
)

// A state is replayed from events: in a test, or at a desk from a log.
func Example() {
	draft := metadata.Genesis().Draft()
	for i, name := range []string{"orders", "orders"} {
		ev := metadata.NewCreateTopic(metadata.TopicSpec{
			Name: name, ID: metadata.TopicID{byte(i + 1)}, Partitions: 3, ReplicationFactor: 1,
		})
		ev.RequestId = append(make([]byte, 15), byte(i+1))
		result, err := draft.Apply(ev)
		if err != nil {
			panic(err) // the node must stop here
		}
		fmt.Println(result.Revision, result.Code)
	}
	state := draft.State()
	list, _ := state.Partitions("orders")
	fmt.Println(len(list), "partitions at revision", state.Revision())
	// Output:
	// 1 NONE
	// 2 TOPIC_ALREADY_EXISTS
	// 3 partitions at revision 2
}

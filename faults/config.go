package faults

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/chronik-stream/metalog/sdk"
)

// Config says on what a scenario is played, and for how long.
type Config struct {
	Executable string       // metalog's
	Dir        string       // for data, logs and what was judged; nothing in it is removed
	Backend    string       // a built-in one's name or a plugin's path
	Identity   sdk.Identity // what that backend says it is
	Seed       uint64       // of whatever is random
	Hold       time.Duration
	Pace       time.Duration // of one client, from an operation to the next
	// Log gets a line of whatever the drill does; nil: nobody does. One call at a time.
	Log func(line string)
}

// What a play consists of, beside its faults.
const (
	clusterSize    = 3
	clientsPerNode = 4
	registers      = 16 // what clients write and read: a group's offset each

	leastWrites = 60 // acknowledged before a fault, and after it is healed
	leastReads  = 10 // linearizable ones, likewise

	patience    = 45 * time.Second // for whatever has to come to pass
	stopping    = 20 * time.Second // for all nodes to stop
	keyPatience = 20 * time.Second // for porcupine, a register

	retryFor      = 4 * time.Second // how long one client repeats a write
	operationTime = 6 * time.Second // one client's time for an operation
	repetitions   = 3               // of a write whose outcome is unknown, through other nodes
)

// Scenario is one way to break a cluster.
type Scenario struct {
	Name    string
	Options json.RawMessage // the backend's settings; nil: its defaults
	// run breaks it and heals it. When it returns without an error all nodes are
	// running, or will be, and reach each other.
	run func(*Drill) error
}

// Result is what was measured and judged in a play that broke no promise.
type Result struct {
	History string // what the judges had, in numbers
	Gaps    []Gap
}

// Gap is how long nobody's write was acknowledged.
type Gap struct {
	Fault string
	// Next is the time from the fault, or from when it was healed if nothing could be
	// acknowledged before, to the first acknowledgement of a write that began after it.
	Next time.Duration
	// Longest is the longest time without an acknowledgement, from before the fault
	// until all is well again; 0: it wasn't measured.
	Longest time.Duration
}

func (g Gap) String() string {
	text := fmt.Sprintf("%s: the next acknowledged write came after %v", g.Fault, g.Next.Round(time.Millisecond))
	if g.Longest > 0 {
		text += fmt.Sprintf(", the longest time without one was %v", g.Longest.Round(time.Millisecond))
	}
	return text
}

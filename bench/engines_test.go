package bench_test

import "strings"

// The time-outs are long, lest a busy machine takes a leader for dead.
const (
	raftCalm       = `{"heartbeat_timeout": "2s", "election_timeout": "2s"}`
	raftPipelined  = `{"heartbeat_timeout": "2s", "election_timeout": "2s", "max_requests_in_flight": 2}` // the library's own default
	dragonboatCalm = `{"heartbeat_interval": "200ms", "election_timeout": "2s"}`
)

// engine is a backend and what it is held against: its library, and its library in
// another way that is of interest.
type engine struct {
	name, calm              string
	library, other          opener
	otherName, otherOptions string
}

var engines = []engine{
	{
		name: "hashiraft", calm: raftCalm, library: openRaft(nil),
		other: openRaft(nil), otherName: "pipelined", otherOptions: raftPipelined,
	},
	{
		name: "dragonboat", calm: dragonboatCalm, library: openDragonboat(false),
		other: openDragonboat(true), otherName: "pebble", otherOptions: dragonboatCalm,
	},
}

// host and raw are kinds of nodes that are processes.
func (e engine) host() string { return "host-" + e.name }
func (e engine) raw() string  { return "raw-" + e.name }

// openerOf is how a node of that kind is opened.
func openerOf(kind string) opener {
	for _, e := range engines {
		if kind == e.raw() {
			return e.library
		}
	}
	return openHost(strings.TrimPrefix(kind, "host-"))
}

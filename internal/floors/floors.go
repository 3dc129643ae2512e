// Package floors says which room of the house may stand on which, and which
// packages never enter a room. Its test holds the code against it, so that a
// change of architecture is a visible diff of one line here.
package floors

// Module is the path that every room's path begins with.
const Module = "github.com/chronik-stream/metalog"

// Rooms maps each room to the rooms it may import. A room that isn't named
// here may not exist; tests of a room may also import what Tests names.
var Rooms = map[string][]string{
	// cellar: generated code
	"metadata/eventpb":           {},
	"sdk/backendpb":              {},
	"api/metalog/v1":             {},
	"internal/membership/peerpb": {},

	// ground floor: the pure state machine; the contract; certificates as files
	"metadata":       {"metadata/eventpb"},
	"sdk":            {},
	"internal/certs": {},

	// first floor: the wall between processes; the smallest backend
	"sdk/plugin": {"sdk", "sdk/backendpb"},
	"sdk/inmem":  {"sdk"},

	// second floor: metadata served; one plugin process; a log on disk; the port between nodes; one library each
	"host":                 {"metadata", "metadata/eventpb", "sdk"},
	"host/hosttest":        {"host", "metadata", "sdk", "sdk/inmem"},
	"host/launch":          {"sdk", "sdk/plugin"},
	"internal/boltlog":     {"sdk"},
	"internal/options":     {"sdk"},
	"internal/clustertest": {"sdk", "internal/certs"},
	"internal/peerport":    {"sdk"},
	"internal/membership":  {"sdk", "internal/peerport", "internal/membership/peerpb"},
	"plugins/local":        {"sdk", "internal/boltlog"},
	"plugins/hashiraft":    {"sdk", "internal/boltlog", "internal/options", "internal/peerport", "internal/membership", "internal/membership/peerpb"},
	"plugins/dragonboat":   {"sdk", "internal/boltlog", "internal/options", "internal/peerport", "internal/membership", "internal/membership/peerpb"},

	// third floor: the judge
	"conformance": {
		"sdk", "sdk/plugin", "sdk/inmem", "metadata", "host", "host/launch",
		"conformance/contract", "conformance/history", "conformance/model", "conformance/report", "conformance/trial",
	},
	"conformance/contract": {"sdk", "sdk/backendpb", "sdk/plugin", "host/launch", "conformance/history", "conformance/trial"},
	"conformance/faulty":   {"sdk"},
	"conformance/history":  {},
	"conformance/model":    {"metadata"},
	"conformance/report":   {},
	"conformance/trial":    {"sdk", "sdk/inmem", "sdk/plugin", "host/launch", "internal/links"},

	// fourth floor: the public API, its client, the backends as children
	"api/convert": {"api/metalog/v1", "metadata", "sdk"},
	"server":      {"api/metalog/v1", "api/convert", "metadata", "sdk", "host"},
	"client":      {"api/metalog/v1", "api/convert", "metadata", "sdk"},
	"builtin":     {"plugins/dragonboat", "plugins/hashiraft", "plugins/local", "sdk", "sdk/plugin", "host/launch"},

	// roof
	"cmd/metalog": {
		"api/metalog/v1", "api/convert", "builtin", "client", "conformance", "conformance/report", "host", "host/launch",
		"internal/certs", "internal/links", "internal/nodes", "internal/workload", "metadata", "metadata/eventpb", "sdk", "server",
	},

	// beside the house
	"bench":             {"bench/raw", "builtin", "host", "internal/links", "internal/workload", "metadata", "sdk"},
	"bench/raw":         {"plugins/dragonboat", "plugins/hashiraft", "sdk"},
	"internal/floors":   {},
	"internal/links":    {},
	"internal/nodes":    {"sdk", "internal/links"},
	"internal/workload": {},
	"faults":            {"api/metalog/v1", "client", "conformance/history", "internal/links", "internal/nodes", "metadata", "sdk"},
}

// Tests maps a room to what its tests may import beyond its own floor.
var Tests = map[string][]string{
	"host":                 {"host/hosttest", "sdk/inmem"},
	"conformance":          {"host/hosttest", "metadata/eventpb", "sdk/backendpb"},
	"conformance/contract": {"sdk/inmem"},
	// local, since a lie about durability needs a disk to be told about
	"conformance/faulty": {"conformance", "conformance/trial", "conformance/report", "sdk/inmem", "sdk/plugin", "host/launch", "plugins/local"},
	"conformance/model":  {"host", "sdk", "sdk/inmem"},
	"server":             {"client", "conformance", "host/hosttest", "sdk/inmem"},
	"client":             {"server", "host", "conformance", "host/hosttest", "sdk/inmem"},
	"sdk/plugin":         {"sdk/inmem"},
	"host/launch":        {"sdk/inmem", "sdk/backendpb"},
	"builtin":            {"conformance", "conformance/report", "host", "host/hosttest", "metadata"},
	"bench/raw":          {"internal/links"},
	"cmd/metalog":        {"host/hosttest", "sdk/plugin"},
	"faults":             {"host/launch"},
	"internal/peerport":  {"internal/certs"},
	"plugins/hashiraft":  {"internal/clustertest"},
	"plugins/dragonboat": {"internal/clustertest"},
}

// Banned names what a room may not import directly, with the reason.
var Banned = map[string]map[string]string{
	"metadata": {
		"time":          "time comes inside the event (G2, G4)",
		"math/rand":     "ids come inside the event (G2)",
		"math/rand/v2":  "ids come inside the event (G2)",
		"crypto/rand":   "ids come inside the event (G2)",
		"os":            "apply does no I/O (G2)",
		"net":           "apply does no I/O (G2)",
		"log":           "apply does no I/O (G2)",
		"log/slog":      "apply does no I/O (G2)",
		"sync":          "one goroutine applies; readers share what never changes",
		"sync/atomic":   "one goroutine applies; readers share what never changes",
		"runtime":       "the result may not depend on the machine (G2)",
		"unsafe":        "the result may not depend on the machine (G2)",
		"encoding/gob":  "only the canonical encoding is durable (G13)",
		"encoding/json": "only the canonical encoding is durable (G13)",
	},
	"sdk": {
		"google.golang.org/grpc":           "authors read the contract without the wire",
		"google.golang.org/protobuf/proto": "authors read the contract without the wire",
		"github.com/hashicorp/go-plugin":   "authors read the contract without the wire",
	},
	"host": {
		"os/exec":                        "processes belong to host/launch",
		"google.golang.org/grpc":         "the wall belongs to sdk/plugin, the API to server",
		"github.com/hashicorp/go-plugin": "the wall belongs to sdk/plugin",
		"go.etcd.io/bbolt":               "the host never knows which backend it has",
		"os":                             "the host keeps nothing on disk: the backend does",
	},
}

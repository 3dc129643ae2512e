package metadata

import (
	"slices"
	"strings"
)

// ResourceType says what a configuration belongs to.
type ResourceType uint8

// The resources that have configuration.
const (
	ResourceTopic ResourceType = iota + 1
	ResourceBroker
	ResourceCluster
	ResourceGroup
)

func (t ResourceType) String() string {
	switch t {
	case ResourceTopic:
		return "topic"
	case ResourceBroker:
		return "broker"
	case ResourceCluster:
		return "cluster"
	case ResourceGroup:
		return "group"
	default:
		return "unknown"
	}
}

// Resource names one configuration.
type Resource struct {
	Type ResourceType
	Name string // of the topic or group; a broker's id in decimal; empty for the cluster
}

// Config is one setting.
type Config struct {
	Key   string
	Value string
}

// Configs are the settings of one resource, sorted by key. Shared: never
// changed after publication.
type Configs []Config

// Get returns the value of key.
func (cs Configs) Get(key string) (value string, ok bool) {
	i, ok := slices.BinarySearchFunc(cs, key, func(c Config, k string) int { return strings.Compare(c.Key, k) })
	if !ok {
		return "", false
	}
	return cs[i].Value, true
}

// ConfigValue is one setting as a caller sends it; a nil Value is Kafka's null,
// which a topic can't be created with.
type ConfigValue struct {
	Key   string
	Value *string
}

// ConfigOpKind is what to do with one key.
type ConfigOpKind uint8

// Append and Subtract work on keys whose values are lists.
const (
	ConfigSet ConfigOpKind = iota + 1
	ConfigDelete
	ConfigAppend
	ConfigSubtract
)

// ConfigOp changes one key.
type ConfigOp struct {
	Kind  ConfigOpKind
	Key   string
	Value *string
}

// ConfigSpec changes one resource.
type ConfigSpec struct {
	Resource Resource
	Ops      []ConfigOp
	Replace  bool // also delete every key that Ops doesn't name
}

package convert

import (
	metalogv1 "github.com/chronik-stream/metalog/api/metalog/v1"
	"github.com/chronik-stream/metalog/metadata"
)

// enum pairs the values of a Go type with those of a message's; the place in
// the table says nothing. What isn't in it becomes the zero value, on both
// sides: no value is ever taken for another.
type enum[G, P comparable] []struct {
	plain G
	proto P
}

func (e enum[G, P]) proto(g G) (p P) {
	for _, row := range e {
		if row.plain == g {
			return row.proto
		}
	}
	return p
}

func (e enum[G, P]) plain(p P) (g G) {
	for _, row := range e {
		if row.proto == p {
			return row.plain
		}
	}
	return g
}

var resourceTypes = enum[metadata.ResourceType, metalogv1.ResourceType]{
	{metadata.ResourceTopic, metalogv1.ResourceType_RESOURCE_TYPE_TOPIC},
	{metadata.ResourceBroker, metalogv1.ResourceType_RESOURCE_TYPE_BROKER},
	{metadata.ResourceCluster, metalogv1.ResourceType_RESOURCE_TYPE_CLUSTER},
	{metadata.ResourceGroup, metalogv1.ResourceType_RESOURCE_TYPE_GROUP},
}

var opKinds = enum[metadata.ConfigOpKind, metalogv1.ConfigOpKind]{
	{metadata.ConfigSet, metalogv1.ConfigOpKind_CONFIG_OP_KIND_SET},
	{metadata.ConfigDelete, metalogv1.ConfigOpKind_CONFIG_OP_KIND_DELETE},
	{metadata.ConfigAppend, metalogv1.ConfigOpKind_CONFIG_OP_KIND_APPEND},
	{metadata.ConfigSubtract, metalogv1.ConfigOpKind_CONFIG_OP_KIND_SUBTRACT},
}

var brokerStates = enum[metadata.BrokerState, metalogv1.BrokerState]{
	{metadata.BrokerFenced, metalogv1.BrokerState_BROKER_STATE_FENCED},
	{metadata.BrokerUnfenced, metalogv1.BrokerState_BROKER_STATE_UNFENCED},
	{metadata.BrokerControlledShutdown, metalogv1.BrokerState_BROKER_STATE_CONTROLLED_SHUTDOWN},
}

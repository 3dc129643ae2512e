package metadata

import "github.com/chronik-stream/metalog/metadata/eventpb"

// operationNames are the methods of Store that make the commands, by the
// commands' numbers.
var operationNames = map[uint64]string{
	10: "CreateTopic",
	11: "DeleteTopic",
	12: "AlterConfigs",
	13: "CreatePartitions",
	14: "AssignPartition",
	20: "RegisterBroker",
	21: "SetBrokerState",
	22: "UnregisterBroker",
	30: "PutGroup",
	31: "CommitOffsets",
	32: "DeleteOffsets",
	33: "DeleteGroup",
	40: "AllocateProducerIDs",
	41: "InitProducer",
	42: "AddTransactionPartitions",
	43: "AddTransactionOffsets",
	44: "CommitTransactionOffsets",
	45: "PrepareTransaction",
	46: "CompleteTransaction",
	50: "CheckpointWatermarks",
	51: "AdvanceLogStart",
	55: "PutSegments",
	56: "DeleteSegments",
	60: "Batch",
	61: "Settle",
	62: "SetFeatureLevel",
	63: "ResetClock",
}

// OperationOf is the method of Store that makes ev; empty if this build knows
// none.
func OperationOf(ev *eventpb.Event) string {
	_, kind := commandOf(ev)
	return operationNames[kind]
}

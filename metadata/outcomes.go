package metadata

import "slices"

// Operation is a method of Store and what it may answer.
type Operation struct {
	Name  string
	Write bool
	Codes []Code // other than those any write may answer
	Items []Code // what one item of the request or of the answer may have
	Holds bool   // other writes, and so may answer what those and their items may
}

// Operations lists them all, for those who judge a store: a code that isn't
// here is a defect, and one that is and never comes has no test. The codes are
// those of the contract's rows.
func Operations() []Operation {
	return []Operation{
		{Name: "CreateTopic", Write: true, Codes: []Code{
			CodeNone, CodeInvalidTopic, CodeTopicAlreadyExists, CodeInvalidPartitions, CodeInvalidReplicationFactor,
			CodeInvalidReplicaAssignment, CodeInvalidConfig, CodeInvalidRequest,
		}},
		{Name: "DeleteTopic", Write: true, Codes: []Code{
			CodeNone, CodeUnknownTopicOrPartition, CodeInvalidRequest, CodeUnknownTopicID,
		}},
		{Name: "AlterConfigs", Write: true, Codes: []Code{
			CodeNone, CodeUnknownTopicOrPartition, CodeInvalidConfig, CodeInvalidRequest, CodeBrokerIDNotRegistered,
		}},
		{Name: "CreatePartitions", Write: true, Codes: []Code{
			CodeNone, CodeUnknownTopicOrPartition, CodeInvalidPartitions, CodeInvalidReplicationFactor, CodeInvalidReplicaAssignment,
		}},
		{Name: "AssignPartition", Write: true, Codes: []Code{
			CodeNone, CodeUnknownTopicOrPartition, CodeInvalidReplicaAssignment, CodeInvalidUpdateVersion,
		}},
		{Name: "RegisterBroker", Write: true, Codes: []Code{
			CodeNone, CodeInvalidRequest, CodeDuplicateBrokerRegistration,
		}},
		{Name: "SetBrokerState", Write: true, Codes: []Code{
			CodeNone, CodeInvalidRequest, CodeStaleBrokerEpoch,
		}},
		{Name: "UnregisterBroker", Write: true, Codes: []Code{
			CodeNone, CodeStaleBrokerEpoch, CodeBrokerIDNotRegistered,
		}},
		{Name: "PutGroup", Write: true, Codes: []Code{
			CodeNone, CodeIllegalGeneration, CodeInvalidGroupID, CodeInvalidRequest, CodeInvalidUpdateVersion,
		}},
		{Name: "DeleteGroup", Write: true, Codes: []Code{
			CodeNone, CodeNonEmptyGroup, CodeGroupIDNotFound,
		}},
		{Name: "CommitOffsets", Write: true, Codes: []Code{
			CodeNone, CodeCoordinatorNotAvailable, CodeIllegalGeneration, CodeInvalidGroupID, CodeUnknownMemberID,
			CodeRebalanceInProgress, CodeGroupIDNotFound, CodeFencedInstanceID,
		}, Items: []Code{
			CodeNone, CodeUnknownTopicOrPartition, CodeOffsetMetadataTooLarge, CodeInvalidRequest,
		}},
		{Name: "DeleteOffsets", Write: true, Codes: []Code{
			CodeNone, CodeNonEmptyGroup, CodeGroupIDNotFound,
		}, Items: []Code{CodeNone, CodeGroupSubscribedToTopic}},
		{Name: "AllocateProducerIDs", Write: true, Codes: []Code{
			CodeNone, CodeUnknownServerError, CodeStaleBrokerEpoch,
		}},
		{Name: "InitProducer", Write: true, Codes: []Code{
			CodeNone, CodeUnknownServerError, CodeInvalidRequest, CodeInvalidTransactionTimeout,
			CodeConcurrentTransactions, CodeProducerFenced,
		}},
		{Name: "AddTransactionPartitions", Write: true, Codes: []Code{
			CodeNone, CodeInvalidRequest, CodeInvalidProducerIDMapping, CodeConcurrentTransactions, CodeProducerFenced,
		}, Items: []Code{CodeNone, CodeUnknownTopicOrPartition, CodeOperationNotAttempted}},
		{Name: "AddTransactionOffsets", Write: true, Codes: []Code{
			CodeNone, CodeInvalidGroupID, CodeInvalidRequest, CodeInvalidProducerIDMapping,
			CodeConcurrentTransactions, CodeProducerFenced,
		}},
		{Name: "CommitTransactionOffsets", Write: true, Codes: []Code{
			CodeNone, CodeCoordinatorNotAvailable, CodeIllegalGeneration, CodeUnknownMemberID,
			CodeInvalidTxnState, CodeInvalidProducerIDMapping, CodeGroupIDNotFound, CodeFencedInstanceID, CodeProducerFenced,
		}, Items: []Code{
			CodeNone, CodeUnknownTopicOrPartition, CodeOffsetMetadataTooLarge, CodeInvalidRequest,
		}},
		{Name: "PrepareTransaction", Write: true, Codes: []Code{
			CodeNone, CodeInvalidRequest, CodeInvalidTxnState, CodeInvalidProducerIDMapping,
			CodeConcurrentTransactions, CodeProducerFenced,
		}},
		{Name: "CompleteTransaction", Write: true, Codes: []Code{
			CodeNone, CodeInvalidTxnState, CodeInvalidProducerIDMapping, CodeProducerFenced,
		}},
		{Name: "CheckpointWatermarks", Write: true, Codes: []Code{CodeNone}, Items: []Code{
			CodeNone, CodeUnknownTopicOrPartition, CodeInvalidRequest, CodeFencedLeaderEpoch, CodeUnknownTopicID,
		}},
		{Name: "AdvanceLogStart", Write: true, Codes: []Code{
			CodeNone, CodeOffsetOutOfRange, CodeUnknownTopicOrPartition,
		}},
		{Name: "PutSegments", Write: true, Codes: []Code{CodeNone}, Items: []Code{
			CodeNone, CodeUnknownTopicOrPartition, CodeTopicAlreadyExists, CodeInvalidRequest, CodeUnknownTopicID,
		}},
		{Name: "DeleteSegments", Write: true, Codes: []Code{CodeNone}},
		{Name: "Settle", Write: true, Codes: []Code{CodeNone, CodeRequestTimedOut, CodeInvalidRequest}},
		{Name: "SetFeatureLevel", Write: true, Codes: []Code{CodeNone, CodeUnsupportedVersion, CodeInvalidRequest}},
		{Name: "ResetClock", Write: true, Codes: []Code{CodeNone, CodeInvalidRequest}},
		{Name: "Topic", Codes: []Code{CodeNone, CodeUnknownTopicOrPartition}},
		{Name: "TopicByID", Codes: []Code{CodeNone, CodeUnknownTopicID}},
		{Name: "Topics", Codes: []Code{CodeNone}},
		{Name: "Partition", Codes: []Code{CodeNone, CodeUnknownTopicOrPartition}},
		{Name: "Partitions", Codes: []Code{CodeNone, CodeUnknownTopicOrPartition}},
		{Name: "Leader", Codes: []Code{CodeNone, CodeUnknownTopicOrPartition}},
		{Name: "Replicas", Codes: []Code{CodeNone, CodeUnknownTopicOrPartition}},
		{Name: "Configs", Codes: []Code{CodeNone, CodeUnknownTopicOrPartition, CodeInvalidRequest, CodeBrokerIDNotRegistered}},
		{Name: "Broker", Codes: []Code{CodeNone, CodeBrokerIDNotRegistered}},
		{Name: "Brokers", Codes: []Code{CodeNone}},
		{Name: "Group", Codes: []Code{CodeNone, CodeGroupIDNotFound}},
		{Name: "Groups", Codes: []Code{CodeNone}},
		{Name: "FetchOffsets", Codes: []Code{CodeNone}, Items: []Code{CodeNone, CodeUnstableOffsetCommit}},
		{Name: "Transaction", Codes: []Code{CodeNone, CodeTransactionalIDNotFound}},
		{Name: "Transactions", Codes: []Code{CodeNone}},
		{Name: "SetHighWatermark", Codes: []Code{CodeNone, CodeUnknownTopicOrPartition, CodeInvalidRequest, CodeUnknownTopicID}},
		{Name: "PartitionOffsets", Codes: []Code{CodeNone, CodeUnknownTopicOrPartition}},
		{Name: "Segment", Codes: []Code{CodeNone, CodeResourceNotFound}},
		{Name: "Segments", Codes: []Code{CodeNone, CodeUnknownTopicOrPartition}},
		{Name: "SegmentPaths", Codes: []Code{CodeNone, CodeUnknownTopicOrPartition}},
		{Name: "Outcome", Codes: []Code{CodeNone}},
		{Name: "FeatureLevel", Codes: []Code{CodeNone}},
		{Name: "Batch", Write: true, Codes: []Code{CodeNone, CodeInvalidRequest, CodeInvalidUpdateVersion}, Holds: true},
	}
}

// MayAnswer reports whether an operation may answer code. What isn't an
// operation may answer nothing.
func MayAnswer(operation string, code Code) bool {
	for _, o := range Operations() {
		if o.Name == operation {
			return o.mayAnswer(code)
		}
	}
	return false
}

func (o Operation) mayAnswer(code Code) bool {
	if slices.Contains(o.Codes, code) || o.Write && slices.Contains(WriteCodes(), code) {
		return true
	}
	return o.Holds && slices.ContainsFunc(Operations(), func(inner Operation) bool {
		return inner.Write && !inner.Holds && (inner.mayAnswer(code) || slices.Contains(inner.Items, code))
	})
}

// ItemMayAnswer is MayAnswer for one item of a request or an answer.
func ItemMayAnswer(operation string, code Code) bool {
	for _, o := range Operations() {
		if o.Name == operation {
			return slices.Contains(o.Items, code)
		}
	}
	return false
}

// WriteCodes are what any write may answer: for its request id (G7), one that
// was settled before it arrived, its size (G10) or the cluster's feature level.
func WriteCodes() []Code {
	return []Code{CodeRequestTimedOut, CodeMessageTooLarge, CodeUnsupportedVersion, CodeInvalidRequest, CodeOperationNotAttempted}
}

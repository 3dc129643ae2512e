package metadata

// Operation is a method of Store and what it may answer.
type Operation struct {
	Name  string
	Write bool
	Codes []Code // other than those any write may answer
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
	}
}

// WriteCodes are what any write may answer: for its request id (G7), its size
// (G10) or the cluster's feature level.
func WriteCodes() []Code {
	return []Code{CodeRequestTimedOut, CodeMessageTooLarge, CodeUnsupportedVersion, CodeInvalidRequest}
}

package metadata

import (
	"errors"

	"github.com/twmb/franz-go/pkg/kerr"
)

// Code is an answer in Kafka's own numbers, so that a Kafka front passes it on
// unchanged. 0 is success.
type Code int16

// The codes that commands answer with. Their names and texts are Apache
// Kafka's (clients, Errors.java).
const (
	CodeNone                        Code = 0
	CodeUnknownServerError          Code = -1
	CodeOffsetOutOfRange            Code = 1
	CodeUnknownTopicOrPartition     Code = 3
	CodeRequestTimedOut             Code = 7
	CodeMessageTooLarge             Code = 10
	CodeOffsetMetadataTooLarge      Code = 12
	CodeCoordinatorNotAvailable     Code = 15
	CodeInvalidTopic                Code = 17
	CodeIllegalGeneration           Code = 22
	CodeInvalidGroupID              Code = 24
	CodeUnknownMemberID             Code = 25
	CodeRebalanceInProgress         Code = 27
	CodeUnsupportedVersion          Code = 35
	CodeTopicAlreadyExists          Code = 36
	CodeInvalidPartitions           Code = 37
	CodeInvalidReplicationFactor    Code = 38
	CodeInvalidReplicaAssignment    Code = 39
	CodeInvalidConfig               Code = 40
	CodeInvalidRequest              Code = 42
	CodeInvalidTxnState             Code = 48
	CodeInvalidProducerIDMapping    Code = 49
	CodeInvalidTransactionTimeout   Code = 50
	CodeConcurrentTransactions      Code = 51
	CodeOperationNotAttempted       Code = 55
	CodeNonEmptyGroup               Code = 68
	CodeGroupIDNotFound             Code = 69
	CodeFencedLeaderEpoch           Code = 74
	CodeStaleBrokerEpoch            Code = 77
	CodeFencedInstanceID            Code = 82
	CodeGroupSubscribedToTopic      Code = 86
	CodeUnstableOffsetCommit        Code = 88
	CodeProducerFenced              Code = 90
	CodeResourceNotFound            Code = 91
	CodeInvalidUpdateVersion        Code = 95
	CodeUnknownTopicID              Code = 100
	CodeDuplicateBrokerRegistration Code = 101
	CodeBrokerIDNotRegistered       Code = 102
	CodeTransactionalIDNotFound     Code = 105
)

// String is Kafka's name of the code, such as TOPIC_ALREADY_EXISTS.
func (c Code) String() string {
	if c == CodeNone {
		return "NONE"
	}
	if e := (*kerr.Error)(nil); errors.As(kerr.ErrorForCode(int16(c)), &e) {
		return e.Message
	}
	return "UNKNOWN_SERVER_ERROR"
}

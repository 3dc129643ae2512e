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
	CodeUnknownTopicOrPartition     Code = 3
	CodeRequestTimedOut             Code = 7
	CodeMessageTooLarge             Code = 10
	CodeInvalidTopic                Code = 17
	CodeUnsupportedVersion          Code = 35
	CodeTopicAlreadyExists          Code = 36
	CodeInvalidPartitions           Code = 37
	CodeInvalidReplicationFactor    Code = 38
	CodeInvalidReplicaAssignment    Code = 39
	CodeInvalidConfig               Code = 40
	CodeInvalidRequest              Code = 42
	CodeStaleBrokerEpoch            Code = 77
	CodeInvalidUpdateVersion        Code = 95
	CodeUnknownTopicID              Code = 100
	CodeDuplicateBrokerRegistration Code = 101
	CodeBrokerIDNotRegistered       Code = 102
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

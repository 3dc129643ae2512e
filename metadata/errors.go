package metadata

import "errors"

// Error is a refusal that every node agrees on: the command was applied, was
// counted (Revision), and changed nothing.
type Error struct {
	Code         Code
	Message      string // what, why and the next step; part of the answer that is stored (G7)
	Revision     uint64 // the event's; of a read, the state's
	Deduplicated bool   // an earlier attempt with the same request id got this answer
}

func (e *Error) Error() string {
	if e.Message == "" {
		return e.Code.String()
	}
	return e.Message
}

// Is matches the sentinel of the code's kind.
func (e *Error) Is(target error) bool {
	kind, ok := kinds[e.Code]
	return ok && kind == target
}

// Sentinels for errors.Is; each code belongs to at most one.
var (
	ErrNotFound      = errors.New("not found")
	ErrAlreadyExists = errors.New("already exists")
	ErrInvalid       = errors.New("invalid request")
	ErrConflict      = errors.New("precondition failed")
	ErrFenced        = errors.New("fenced")
	ErrTooLarge      = errors.New("too large")
	ErrUnsupported   = errors.New("not supported at this feature level")

	// ErrUnavailable: this node can't answer now, and says nothing about what
	// exists. A read may be tried again or elsewhere.
	ErrUnavailable = errors.New("unavailable")

	// ErrSealed: the cluster takes no writes any more, since its state has moved
	// to another one, which the error's text names. The write was not appended.
	ErrSealed = errors.New("sealed")
)

var kinds = map[Code]error{
	CodeUnknownTopicOrPartition:     ErrNotFound,
	CodeUnknownTopicID:              ErrNotFound,
	CodeBrokerIDNotRegistered:       ErrNotFound,
	CodeTopicAlreadyExists:          ErrAlreadyExists,
	CodeDuplicateBrokerRegistration: ErrAlreadyExists,
	CodeInvalidTopic:                ErrInvalid,
	CodeInvalidPartitions:           ErrInvalid,
	CodeInvalidReplicationFactor:    ErrInvalid,
	CodeInvalidReplicaAssignment:    ErrInvalid,
	CodeInvalidConfig:               ErrInvalid,
	CodeInvalidRequest:              ErrInvalid,
	CodeInvalidUpdateVersion:        ErrConflict,
	CodeStaleBrokerEpoch:            ErrFenced,
	CodeMessageTooLarge:             ErrTooLarge,
	CodeOffsetOutOfRange:            ErrInvalid,
	CodeOffsetMetadataTooLarge:      ErrTooLarge,
	CodeCoordinatorNotAvailable:     ErrConflict,
	CodeIllegalGeneration:           ErrConflict,
	CodeInvalidGroupID:              ErrInvalid,
	CodeUnknownMemberID:             ErrFenced,
	CodeRebalanceInProgress:         ErrConflict,
	CodeInvalidTxnState:             ErrConflict,
	CodeInvalidProducerIDMapping:    ErrFenced,
	CodeInvalidTransactionTimeout:   ErrInvalid,
	CodeConcurrentTransactions:      ErrConflict,
	CodeOperationNotAttempted:       ErrConflict,
	CodeNonEmptyGroup:               ErrConflict,
	CodeGroupIDNotFound:             ErrNotFound,
	CodeFencedLeaderEpoch:           ErrFenced,
	CodeFencedInstanceID:            ErrFenced,
	CodeGroupSubscribedToTopic:      ErrConflict,
	CodeUnstableOffsetCommit:        ErrConflict,
	CodeProducerFenced:              ErrFenced,
	CodeResourceNotFound:            ErrNotFound,
	CodeTransactionalIDNotFound:     ErrNotFound,
	CodeUnsupportedVersion:          ErrUnsupported,
}

// What isn't there, for commands and reads alike.

func noTopic(name string) *refusal {
	return refuse(CodeUnknownTopicOrPartition, "no topic %s: check the name or create it", quote(name))
}

func noTopicID(id TopicID) *refusal {
	return refuse(CodeUnknownTopicID, "no topic has id %s: it was deleted or never was, look it up by name", id)
}

func noPartition(topic string, i, count int32) *refusal {
	return refuse(CodeUnknownTopicOrPartition, "topic %s has no partition %d: its partitions are 0 to %d", quote(topic), i, count-1)
}

func noBroker(id int32) *refusal {
	return refuse(CodeBrokerIDNotRegistered, "broker %d isn't registered: check the id or register it", id)
}

// at is the refusal as a read's error at a revision.
func (r *refusal) at(revision uint64) *Error {
	return &Error{Code: r.code, Message: r.message, Revision: revision}
}

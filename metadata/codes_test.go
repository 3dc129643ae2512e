package metadata_test

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/twmb/franz-go/pkg/kerr"

	"github.com/chronik-stream/metalog/metadata"
)

func TestCodesAreKafkas(t *testing.T) {
	for want, code := range map[*kerr.Error]metadata.Code{
		kerr.UnknownServerError:          metadata.CodeUnknownServerError,
		kerr.UnknownTopicOrPartition:     metadata.CodeUnknownTopicOrPartition,
		kerr.RequestTimedOut:             metadata.CodeRequestTimedOut,
		kerr.MessageTooLarge:             metadata.CodeMessageTooLarge,
		kerr.InvalidTopicException:       metadata.CodeInvalidTopic,
		kerr.UnsupportedVersion:          metadata.CodeUnsupportedVersion,
		kerr.TopicAlreadyExists:          metadata.CodeTopicAlreadyExists,
		kerr.InvalidPartitions:           metadata.CodeInvalidPartitions,
		kerr.InvalidReplicationFactor:    metadata.CodeInvalidReplicationFactor,
		kerr.InvalidReplicaAssignment:    metadata.CodeInvalidReplicaAssignment,
		kerr.InvalidConfig:               metadata.CodeInvalidConfig,
		kerr.InvalidRequest:              metadata.CodeInvalidRequest,
		kerr.StaleBrokerEpoch:            metadata.CodeStaleBrokerEpoch,
		kerr.InvalidUpdateVersion:        metadata.CodeInvalidUpdateVersion,
		kerr.UnknownTopicID:              metadata.CodeUnknownTopicID,
		kerr.DuplicateBrokerRegistration: metadata.CodeDuplicateBrokerRegistration,
		kerr.BrokerIDNotRegistered:       metadata.CodeBrokerIDNotRegistered,
	} {
		require.Equal(t, want.Code, int16(code), want.Message)
		require.Equal(t, want.Message, code.String())
	}
	require.Equal(t, "NONE", metadata.CodeNone.String())
	require.Equal(t, "UNKNOWN_SERVER_ERROR", metadata.Code(30000).String())
}

// A caller asks for kinds of error, a Kafka front for codes.
func TestEachCodeThatAnOperationAnswersHasAKind(t *testing.T) {
	kinds := []error{
		metadata.ErrNotFound, metadata.ErrAlreadyExists, metadata.ErrInvalid, metadata.ErrConflict,
		metadata.ErrFenced, metadata.ErrTooLarge, metadata.ErrUnsupported,
	}
	codes := metadata.WriteCodes()
	for _, o := range metadata.Operations() {
		codes = append(append(codes, o.Codes...), o.Items...)
	}
	for _, code := range codes {
		matched := 0
		for _, kind := range kinds {
			if errors.Is(&metadata.Error{Code: code}, kind) {
				matched++
			}
		}
		// Of 7 nobody knows what became of it: sdk.ErrOutcomeUnknown is its kind.
		// -1 is a cluster that has used up its producer ids: there is no kind of that.
		if code == metadata.CodeNone || code == metadata.CodeRequestTimedOut || code == metadata.CodeUnknownServerError {
			require.Zero(t, matched, code)
			continue
		}
		require.Equal(t, 1, matched, code)
	}
}

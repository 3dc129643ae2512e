package convert

import (
	"fmt"

	"github.com/chronik-stream/metalog/metadata"
)

// idText is an id as people see it; the zero id is empty.
func idText[T interface {
	fmt.Stringer
	IsZero() bool
}](id T) string {
	if id.IsZero() {
		return ""
	}
	return id.String()
}

func topicID(field, text string) (metadata.TopicID, error) {
	return parseID(field, text, metadata.ParseTopicID)
}

func incarnation(text string) (metadata.Incarnation, error) {
	return parseID("incarnation", text, metadata.ParseIncarnation)
}

func requestID(text string) (metadata.RequestID, error) {
	return parseID("request_id", text, metadata.ParseRequestID)
}

// parseID reads an id that may be absent.
func parseID[T any](field, text string, parse func(string) (T, error)) (T, error) {
	var zero T
	if text == "" {
		return zero, nil
	}
	id, err := parse(text)
	if err != nil {
		return zero, Invalid("%s: %v", field, err)
	}
	return id, nil
}

// Invalid is the refusal of a request that can't even be read: it has no
// revision, because no state was asked.
func Invalid(format string, args ...any) error {
	return &metadata.Error{Code: metadata.CodeInvalidRequest, Message: fmt.Sprintf(format, args...)}
}

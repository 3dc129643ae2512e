package metadata

// Result is what applying one event came to. It is stored under the request id
// and given again to whoever repeats the request (G7).
type Result struct {
	Request      RequestID
	Fingerprint  Fingerprint
	Code         Code
	Message      string // empty on success
	Revision     uint64 // the event's own; of a refusal that isn't counted, the state's
	Deduplicated bool
	Response     Response
}

// Err is the result as an error: nil, or an *Error.
func (r Result) Err() error {
	if r.Code == CodeNone {
		return nil
	}
	return &Error{Code: r.Code, Message: r.Message, Revision: r.Revision, Deduplicated: r.Deduplicated}
}

// Response is what an accepted command answers. Each command fills its own
// fields; the rest are zero.
type Response struct {
	TopicID     TopicID // CreateTopic
	Partitions  int32   // CreateTopic
	BrokerEpoch int64   // RegisterBroker
}

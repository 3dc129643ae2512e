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

// Response is what an accepted command answers, and a batch of each operation.
// Each command fills its own fields; the rest are zero.
type Response struct {
	TopicID        TopicID     // CreateTopic
	Partitions     int32       // CreateTopic
	ProducerEpoch  int16       // InitProducer
	BrokerEpoch    int64       // RegisterBroker
	ProducerID     int64       // InitProducer; AllocateProducerIDs: the first
	LogStartOffset int64       // AdvanceLogStart
	Failed         []ItemError // of a command with items: those that were refused
	Absent         []int32     // DeleteSegments: items that weren't there
	Marks          *Marks      // PrepareTransaction; InitProducer, when it aborts
	Settled        *Result     // Settle: the answer of the other request
	Batch          *BatchAnswers
}

// BatchAnswers are those of a batch's operations.
type BatchAnswers struct {
	Operations []Response
	Failed     int32 // of a refused batch: the operation at fault, -1: none of them
}

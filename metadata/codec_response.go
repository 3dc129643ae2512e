package metadata

import "slices"

// What a response holds, as bits: a command that answers more gets more of them.
const (
	answersTopicID = 1 << iota
	answersPartitions
	answersBrokerEpoch
	answersProducerID
	answersProducerEpoch
	answersLogStart
	answersFailed
	answersAbsent
	answersMarks
	answersSettled
	answersBatch
)

func encodeResponse(e *encoder, r *Response) {
	fields := responseFields(r)
	e.uint(fields)
	if fields&answersTopicID != 0 {
		e.id(r.TopicID)
	}
	if fields&answersPartitions != 0 {
		e.int(int64(r.Partitions))
	}
	if fields&answersBrokerEpoch != 0 {
		e.int(r.BrokerEpoch)
	}
	if fields < answersProducerID { // nothing else, as of most commands
		return
	}
	encodeMoreResponse(e, r, fields)
}

func encodeMoreResponse(e *encoder, r *Response, fields uint64) {
	if fields&answersProducerID != 0 {
		e.int(r.ProducerID)
	}
	if fields&answersProducerEpoch != 0 {
		e.int(int64(r.ProducerEpoch))
	}
	if fields&answersLogStart != 0 {
		e.int(r.LogStartOffset)
	}
	if fields&answersFailed != 0 {
		encodeFailed(e, r.Failed)
	}
	if fields&answersAbsent != 0 {
		e.int32s(r.Absent)
	}
	if r.Marks != nil {
		encodeMarks(e, r.Marks)
	}
	if r.Settled != nil {
		encodeAnswer(e, r.Settled)
	}
	if r.Batch != nil {
		encodeBatchAnswers(e, r.Batch)
	}
}

func encodeFailed(e *encoder, failed []ItemError) {
	e.list(len(failed))
	for _, f := range failed {
		e.int(int64(f.Index))
		e.int(int64(f.Code))
	}
}

func encodeBatchAnswers(e *encoder, b *BatchAnswers) {
	e.list(len(b.Operations))
	for i := range b.Operations {
		encodeResponse(e, &b.Operations[i])
	}
	e.int(int64(b.Failed))
}

func responseFields(r *Response) uint64 {
	return bit(!r.TopicID.IsZero(), answersTopicID) |
		bit(r.Partitions != 0, answersPartitions) |
		bit(r.BrokerEpoch != 0, answersBrokerEpoch) |
		bit(r.ProducerID != 0, answersProducerID) |
		bit(r.ProducerEpoch != 0, answersProducerEpoch) |
		bit(r.LogStartOffset != 0, answersLogStart) |
		bit(len(r.Failed) > 0, answersFailed) |
		bit(len(r.Absent) > 0, answersAbsent) |
		bit(r.Marks != nil, answersMarks) |
		bit(r.Settled != nil, answersSettled) |
		bit(r.Batch != nil, answersBatch)
}

func bit(set bool, b uint64) uint64 {
	if set {
		return b
	}
	return 0
}

// maxNesting is how deep an answer may lie in another: a settled batch holds
// responses within an answer within a response.
const maxNesting = 4

func decodeResponseAt(d *decoder, depth int) (r Response) {
	fields := d.uint()
	if fields&answersTopicID != 0 {
		r.TopicID = d.id()
	}
	if fields&answersPartitions != 0 {
		r.Partitions = d.int32()
	}
	if fields&answersBrokerEpoch != 0 {
		r.BrokerEpoch = d.int()
	}
	if fields >= answersProducerID {
		decodeMoreResponse(d, &r, fields, depth-1)
	}
	if fields != responseFields(&r) {
		d.fail(errRange)
	}
	return r
}

func decodeMoreResponse(d *decoder, r *Response, fields uint64, depth int) {
	if depth == 0 {
		d.fail(errRange)
		return
	}
	if fields&answersProducerID != 0 {
		r.ProducerID = d.int()
	}
	if fields&answersProducerEpoch != 0 {
		r.ProducerEpoch = d.int16()
	}
	if fields&answersLogStart != 0 {
		r.LogStartOffset = d.int()
	}
	if fields&answersFailed != 0 {
		r.Failed = decodeList(d, func(d *decoder) ItemError { return ItemError{d.int32(), Code(d.int16())} })
	}
	if fields&answersAbsent != 0 {
		r.Absent = slices.Clone(d.int32s())
	}
	if fields&answersMarks != 0 {
		m := decodeMarks(d)
		r.Marks = &m
	}
	if fields&answersSettled != 0 {
		a := decodeAnswer(d, depth)
		r.Settled = &a
	}
	if fields&answersBatch != 0 {
		r.Batch = &BatchAnswers{
			Operations: decodeList(d, func(d *decoder) Response { return decodeResponseAt(d, depth) }),
			Failed:     d.int32(),
		}
	}
}

// encodeAnswer writes a stored answer, without its key.
func encodeAnswer(e *encoder, r *Result) {
	e.id(r.Request)
	e.id(r.Fingerprint)
	e.int(int64(r.Code))
	e.str(r.Message)
	e.uint(r.Revision)
	encodeResponse(e, &r.Response)
}

func decodeAnswer(d *decoder, depth int) Result {
	return Result{
		Request:     d.id(),
		Fingerprint: d.id(),
		Code:        Code(d.int16()),
		Message:     d.str(),
		Revision:    d.uint(),
		Response:    decodeResponseAt(d, depth),
	}
}

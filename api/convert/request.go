package convert

import (
	"errors"

	metalogv1 "github.com/chronik-stream/metalog/api/metalog/v1"
	"github.com/chronik-stream/metalog/metadata"
)

// BatchResponse answers a batch, be it with a refusal.
func BatchResponse(a Answered[metadata.BatchResult]) *metalogv1.BatchResponse {
	return &metalogv1.BatchResponse{
		Written:         WrittenProto(a.Value.Written),
		Answers:         each(a.Value.Answers, responseProto),
		FailedOperation: a.Value.FailedOperation,
		Refusal:         refusalProto(a.Refusal),
	}
}

// BatchResult reads the answer to a batch.
func BatchResult(p *metalogv1.BatchResponse) (Answered[metadata.BatchResult], error) {
	w, err := Written(p.GetWritten())
	answers, errAnswers := eachErr(p.GetAnswers(), response)
	refused, errRefusal := refusal(p.GetRefusal())
	return Answered[metadata.BatchResult]{
		Value:   metadata.BatchResult{Written: w, Answers: answers, FailedOperation: p.GetFailedOperation()},
		Refusal: refused,
	}, errors.Join(err, errAnswers, errRefusal)
}

func responseProto(r metadata.Response) *metalogv1.Response {
	p := &metalogv1.Response{
		TopicId:        idText(r.TopicID),
		Partitions:     r.Partitions,
		ProducerEpoch:  int32(r.ProducerEpoch),
		BrokerEpoch:    r.BrokerEpoch,
		ProducerId:     r.ProducerID,
		LogStartOffset: r.LogStartOffset,
		Failed:         each(r.Failed, itemErrorProto),
		Absent:         r.Absent,
		Marks:          marksProto(r.Marks),
	}
	if r.Settled != nil {
		p.Settled = AnswerProto(*r.Settled)
	}
	if r.Batch != nil {
		p.Batch = &metalogv1.BatchAnswers{Operations: each(r.Batch.Operations, responseProto), Failed: r.Batch.Failed}
	}
	return p
}

func response(p *metalogv1.Response) (metadata.Response, error) {
	id, errID := topicID("topic_id", p.GetTopicId())
	epoch, errEpoch := int16Of("producer_epoch", p.GetProducerEpoch())
	failed, errFailed := eachErr(p.GetFailed(), itemError)
	m, errMarks := marks(p.GetMarks())
	settled, errSettled := optionalAnswer(p.GetSettled())
	batch, errBatch := batchAnswers(p.GetBatch())
	return metadata.Response{
		TopicID:        id,
		Partitions:     p.GetPartitions(),
		ProducerEpoch:  epoch,
		BrokerEpoch:    p.GetBrokerEpoch(),
		ProducerID:     p.GetProducerId(),
		LogStartOffset: p.GetLogStartOffset(),
		Failed:         failed,
		Absent:         p.GetAbsent(),
		Marks:          m,
		Settled:        settled,
		Batch:          batch,
	}, errors.Join(errID, errEpoch, errFailed, errMarks, errSettled, errBatch)
}

func optionalAnswer(p *metalogv1.Answer) (*metadata.Result, error) {
	if p == nil {
		return nil, nil
	}
	res, err := StoredAnswer(p)
	return &res, err
}

func batchAnswers(p *metalogv1.BatchAnswers) (*metadata.BatchAnswers, error) {
	if p == nil {
		return nil, nil
	}
	operations, err := eachErr(p.GetOperations(), response)
	return &metadata.BatchAnswers{Operations: operations, Failed: p.GetFailed()}, err
}

// AnswerProto is a stored answer for the wire.
func AnswerProto(r metadata.Result) *metalogv1.Answer {
	p := &metalogv1.Answer{
		RequestId:    idText(r.Request),
		Code:         int32(r.Code),
		Message:      r.Message,
		Revision:     r.Revision,
		Deduplicated: r.Deduplicated,
		Response:     responseProto(r.Response),
	}
	if r.Fingerprint != (metadata.Fingerprint{}) {
		p.Fingerprint = r.Fingerprint[:]
	}
	return p
}

// StoredAnswer is a stored answer from the wire.
func StoredAnswer(p *metalogv1.Answer) (metadata.Result, error) {
	id, errID := requestID(p.GetRequestId())
	c, errCode := code(p.GetCode())
	r, errResponse := response(p.GetResponse())
	res := metadata.Result{
		Request:      id,
		Code:         c,
		Message:      p.GetMessage(),
		Revision:     p.GetRevision(),
		Deduplicated: p.GetDeduplicated(),
		Response:     r,
	}
	var errPrint error
	if n := len(p.GetFingerprint()); n != 0 && n != len(res.Fingerprint) {
		errPrint = Invalid("fingerprint: %d bytes aren't %d", n, len(res.Fingerprint))
	}
	copy(res.Fingerprint[:], p.GetFingerprint())
	return res, errors.Join(errID, errCode, errResponse, errPrint)
}

// OutcomeResponse answers what became of a request.
func OutcomeResponse(r metadata.Read[metadata.Outcome]) *metalogv1.GetOutcomeResponse {
	p := &metalogv1.GetOutcomeResponse{
		Fate: enumProto[metalogv1.Fate](r.Value.Fate), Revision: r.Revision, Stale: r.Stale,
	}
	if r.Value.Fate == metadata.FateAnswered {
		p.Answer = AnswerProto(r.Value.Answer)
	}
	return p
}

// Outcome reads what became of a request.
func Outcome(p *metalogv1.GetOutcomeResponse) (metadata.Outcome, error) {
	o := metadata.Outcome{Fate: enumPlain[metadata.Fate](p.GetFate())}
	var err error
	if p.GetAnswer() != nil {
		o.Answer, err = StoredAnswer(p.GetAnswer())
	}
	return o, err
}

// RequestID reads a request id that must be there.
func RequestID(text string) (metadata.RequestID, error) {
	id, err := requestID(text)
	if err == nil && id.IsZero() {
		err = Invalid("request_id is missing: give the id of the request that is meant")
	}
	return id, err
}

// SettleRequest asks for the final answer of a request.
func SettleRequest(spec metadata.SettleSpec, o metadata.WriteOptions) *metalogv1.SettleRequest {
	return &metalogv1.SettleRequest{
		SettledId: idText(spec.RequestID), SettledFirstRevision: spec.FirstRevision, Options: WriteOptionsProto(o),
	}
}

// SettleSpec is the request that is to be settled.
func SettleSpec(p *metalogv1.SettleRequest) (metadata.SettleSpec, error) {
	id, err := requestID(p.GetSettledId())
	return metadata.SettleSpec{RequestID: id, FirstRevision: p.GetSettledFirstRevision()}, err
}

// SettleResponse answers with a request's final answer.
func SettleResponse(s metadata.Settled) *metalogv1.SettleResponse {
	return &metalogv1.SettleResponse{Written: WrittenProto(s.Written), Answer: AnswerProto(s.Answer)}
}

// Settled reads a request's final answer.
func Settled(p *metalogv1.SettleResponse) (metadata.Settled, error) {
	w, err := Written(p.GetWritten())
	a, errAnswer := StoredAnswer(p.GetAnswer())
	return metadata.Settled{Written: w, Answer: a}, errors.Join(err, errAnswer)
}

// SetFeatureLevelRequest asks for a feature level.
func SetFeatureLevelRequest(spec metadata.FeatureLevelSpec, o metadata.WriteOptions) *metalogv1.SetFeatureLevelRequest {
	return &metalogv1.SetFeatureLevelRequest{Level: spec.Level, Options: WriteOptionsProto(o)}
}

// FeatureLevelSpec is the feature level that a request asks for.
func FeatureLevelSpec(p *metalogv1.SetFeatureLevelRequest) metadata.FeatureLevelSpec {
	return metadata.FeatureLevelSpec{Level: p.GetLevel()}
}

// ResetClockRequest asks for an earlier time.
func ResetClockRequest(spec metadata.ClockSpec, o metadata.WriteOptions) *metalogv1.ResetClockRequest {
	return &metalogv1.ResetClockRequest{ToMs: spec.ToMS, Options: WriteOptionsProto(o)}
}

// ClockSpec is the time that a request asks for.
func ClockSpec(p *metalogv1.ResetClockRequest) metadata.ClockSpec {
	return metadata.ClockSpec{ToMS: p.GetToMs()}
}

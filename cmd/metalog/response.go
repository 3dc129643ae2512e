package main

import (
	"context"

	"github.com/chronik-stream/metalog/metadata"
)

// responseView is what an accepted command answered, as it is printed. Each
// command has its own members.
type responseView struct {
	TopicID        string         `json:"topic_id,omitempty"`
	Partitions     int32          `json:"partitions,omitempty"`
	BrokerEpoch    int64          `json:"broker_epoch,omitempty"`
	ProducerID     *int64         `json:"producer_id,omitempty"`
	ProducerEpoch  *int16         `json:"producer_epoch,omitempty"`
	LogStartOffset *int64         `json:"log_start_offset,omitempty"`
	Failed         []itemCodeView `json:"failed,omitempty"`
	Absent         []int32        `json:"absent,omitempty"`
	Marks          *marksView     `json:"marks,omitempty"`
	Settled        *resultView    `json:"settled,omitempty"`
	Operations     []responseView `json:"operations,omitempty"` // of a batch, in its order
}

// itemCodeView is one item of a command that was refused.
type itemCodeView struct {
	Index int32  `json:"index"`
	Code  string `json:"code"`
}

// resultView is what applying a command came to, as it is printed.
type resultView struct {
	Code     string        `json:"code"`
	Message  string        `json:"message,omitempty"`
	Revision uint64        `json:"revision"`
	Response *responseView `json:"response,omitempty"`
}

func viewResult(ctx context.Context, names *namer, r metadata.Result) resultView {
	view := resultView{Code: r.Code.String(), Message: r.Message, Revision: r.Revision}
	if response := viewResponse(ctx, names, "", r.Response); len(fieldsOf(response)) > 0 {
		view.Response = &response
	}
	return view
}

// viewResponse shows what is set. Where the operation is known, its own answers
// are shown even if they are zero, as a producer id can be.
func viewResponse(ctx context.Context, names *namer, operation string, r metadata.Response) responseView {
	view := responseView{Partitions: r.Partitions, BrokerEpoch: r.BrokerEpoch, Absent: r.Absent}
	if !r.TopicID.IsZero() {
		view.TopicID = r.TopicID.String()
	}
	if operation == "InitProducer" || operation == "AllocateProducerIDs" || r.ProducerID != 0 {
		view.ProducerID = &r.ProducerID
	}
	if operation == "InitProducer" || r.ProducerEpoch != 0 {
		view.ProducerEpoch = &r.ProducerEpoch
	}
	if operation == "AdvanceLogStart" || r.LogStartOffset != 0 {
		view.LogStartOffset = &r.LogStartOffset
	}
	for _, f := range r.Failed {
		view.Failed = append(view.Failed, itemCodeView{Index: f.Index, Code: f.Code.String()})
	}
	if r.Marks != nil {
		view.Marks = viewMarks(ctx, names, *r.Marks)
	}
	if r.Settled != nil {
		settled := viewResult(ctx, names, *r.Settled)
		view.Settled = &settled
	}
	if r.Batch != nil {
		for _, inner := range r.Batch.Operations {
			view.Operations = append(view.Operations, viewResponse(ctx, names, "", inner))
		}
	}
	return view
}

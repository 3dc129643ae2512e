package convert

import (
	metalogv1 "github.com/chronik-stream/metalog/api/metalog/v1"
	"github.com/chronik-stream/metalog/metadata"
)

// WriteOptionsProto is what a client sends along with a write.
func WriteOptionsProto(o metadata.WriteOptions) *metalogv1.WriteOptions {
	return &metalogv1.WriteOptions{
		RequestId:     idText(o.RequestID),
		FirstRevision: o.FirstRevision,
		ValidateOnly:  o.ValidateOnly,
	}
}

// WriteOptions refuses half a request id: without the revision that goes with
// it, repeating the write isn't safe.
func WriteOptions(p *metalogv1.WriteOptions) (metadata.WriteOptions, error) {
	id, err := requestID(p.GetRequestId())
	if err != nil {
		return metadata.WriteOptions{}, err
	}
	var first *uint64
	if p != nil {
		first = p.FirstRevision
	}
	if id.IsZero() != (first == nil) {
		return metadata.WriteOptions{}, Invalid("request_id and first_revision go together: give both, or neither and let the server choose")
	}
	return metadata.WriteOptions{RequestID: id, FirstRevision: first, ValidateOnly: p.GetValidateOnly()}, nil
}

// WrittenProto is where a write stands in history.
func WrittenProto(w metadata.Written) *metalogv1.Written {
	return &metalogv1.Written{
		RequestId:     idText(w.RequestID),
		FirstRevision: w.FirstRevision,
		Revision:      w.Revision,
		Deduplicated:  w.Deduplicated,
	}
}

// Written is where a write stands in history.
func Written(p *metalogv1.Written) (metadata.Written, error) {
	id, err := requestID(p.GetRequestId())
	return metadata.Written{
		RequestID:     id,
		FirstRevision: p.GetFirstRevision(),
		Revision:      p.GetRevision(),
		Deduplicated:  p.GetDeduplicated(),
	}, err
}

// ReadOptionsProto is nil where nothing is asked for.
func ReadOptionsProto(o metadata.ReadOptions) *metalogv1.ReadOptions {
	if o == (metadata.ReadOptions{}) {
		return nil
	}
	return &metalogv1.ReadOptions{MinRevision: o.MinRevision, Linearizable: o.Linearizable}
}

// ReadOptions takes an absent message for no wishes.
func ReadOptions(p *metalogv1.ReadOptions) metadata.ReadOptions {
	return metadata.ReadOptions{MinRevision: p.GetMinRevision(), Linearizable: p.GetLinearizable()}
}

package server

import (
	"errors"

	"github.com/chronik-stream/metalog/api/convert"
	metalogv1 "github.com/chronik-stream/metalog/api/metalog/v1"
	"github.com/chronik-stream/metalog/metadata"
)

var errPanicked = errors.New("internal error: the node's log has the details")

// nouns is the Metadata service: a method for each row of the API, in a file
// for each noun.
type nouns struct {
	metalogv1.UnimplementedMetadataServer
	store metadata.Store
}

// written is the answer to any write.
type written interface{ GetWritten() *metalogv1.Written }

// write makes one write and answers with what came of it. Bad says that the
// request couldn't be read.
func write[R any, P written](p *metalogv1.WriteOptions, bad error, do func(metadata.WriteOption) (R, error), answer func(R) P) (P, error) {
	var none P
	if bad != nil {
		return none, convert.ReadStatus(bad).Err()
	}
	o, err := convert.WriteOptions(p)
	if err != nil {
		return none, convert.ReadStatus(err).Err()
	}
	result, err := do(func(to *metadata.WriteOptions) { *to = o })
	switch {
	case err == nil:
		return answer(result), nil
	case o.ValidateOnly:
		return none, convert.ReadStatus(err).Err()
	default:
		return none, convert.WriteStatus(err, attempt(answer(result))).Err()
	}
}

// attempt is what the caller is to repeat after an unknown outcome: a store
// fills it in beside an error too.
func attempt(answer written) metadata.Written {
	w, err := convert.Written(answer.GetWritten())
	if err != nil {
		return metadata.Written{}
	}
	return w
}

// read makes one read.
func read[V, P any](p *metalogv1.ReadOptions, bad error, do func(metadata.ReadOption) (metadata.Read[V], error), answer func(metadata.Read[V]) P) (P, error) {
	var none P
	if bad != nil {
		return none, convert.ReadStatus(bad).Err()
	}
	o := convert.ReadOptions(p)
	result, err := do(func(to *metadata.ReadOptions) { *to = o })
	if err != nil {
		return none, convert.ReadStatus(err).Err()
	}
	return answer(result), nil
}

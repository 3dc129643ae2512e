package model

import "github.com/chronik-stream/metalog/metadata"

// answers is G7's table, oldest first.
type answers struct {
	window int
	kept   []answer
	floor  uint64 // the highest revision dropped
}

type answer struct {
	asked   string
	any     bool // whatever is asked gets it
	result  metadata.Result
	settled *metadata.Result // shares its place: what a settled request gets
}

func (a *answers) find(id metadata.RequestID) (answer, bool) {
	for _, k := range a.kept {
		if k.result.Request == id {
			return k, true
		}
		if k.settled != nil && k.settled.Request == id {
			return answer{any: true, result: *k.settled}, true
		}
	}
	return answer{}, false
}

func (a *answers) add(asked string, res metadata.Result, settled *metadata.Result) {
	a.kept = append(a.kept, answer{asked: asked, result: res, settled: settled})
	for len(a.kept) > a.window {
		a.floor = a.kept[0].result.Revision
		a.kept = a.kept[1:]
	}
}

// Outcome is what became of a request.
func (m *Model) Outcome(id metadata.RequestID, firstRevision uint64) metadata.Outcome {
	if known, ok := m.answers.find(id); ok {
		return metadata.Outcome{Fate: metadata.FateAnswered, Answer: known.result}
	}
	if firstRevision < m.answers.floor {
		return metadata.Outcome{Fate: metadata.FateBeyondWindow}
	}
	return metadata.Outcome{Fate: metadata.FateNotSeen}
}

// settle is Settle.
func (e *event) settle(spec metadata.SettleSpec) (metadata.Response, metadata.Code) {
	if spec.RequestID == e.id || spec.RequestID.IsZero() {
		return metadata.Response{}, metadata.CodeInvalidRequest
	}
	if known, ok := e.model.answers.find(spec.RequestID); ok {
		answer := known.result
		answer.Response.Settled = nil // passed on and on, answers would grow
		return metadata.Response{Settled: &answer}, metadata.CodeNone
	}
	if spec.FirstRevision < e.model.answers.floor {
		return metadata.Response{}, metadata.CodeRequestTimedOut
	}
	e.settled = &metadata.Result{Request: spec.RequestID, Code: metadata.CodeOperationNotAttempted, Revision: e.revision}
	return metadata.Response{Settled: e.settled}, metadata.CodeNone
}

package model

import "github.com/chronik-stream/metalog/metadata"

// answers is G7's table.
type answers struct {
	window int
	known  map[metadata.RequestID]answer
	order  []metadata.RequestID // of the requests that were applied, oldest first
	floor  uint64               // the highest revision dropped
}

type answer struct {
	asked   string
	any     bool // whatever is asked gets it
	result  metadata.Result
	settled metadata.RequestID // whose answer goes when this one does; zero: nobody's
}

func newAnswers(window int) answers {
	return answers{window: window, known: map[metadata.RequestID]answer{}}
}

func (a *answers) add(asked string, res metadata.Result, settled *metadata.Result) {
	own := answer{asked: asked, result: res}
	if settled != nil {
		own.settled = settled.Request
		a.known[settled.Request] = answer{any: true, result: *settled}
	}
	a.known[res.Request] = own
	a.order = append(a.order, res.Request)
	for len(a.order) > a.window {
		oldest := a.known[a.order[0]]
		a.floor = oldest.result.Revision
		delete(a.known, oldest.settled)
		delete(a.known, a.order[0])
		a.order = a.order[1:]
	}
}

// Outcome is what became of a request.
func (m *Model) Outcome(id metadata.RequestID, firstRevision uint64) metadata.Outcome {
	if known, ok := m.answers.known[id]; ok {
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
	if known, ok := e.model.answers.known[spec.RequestID]; ok {
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

package model

import "github.com/chronik-stream/metalog/metadata"

// MaxAnswers is how many answers are kept for repeated requests (G7).
const MaxAnswers = 65_536

// Model is everything at one revision. One goroutine uses it.
type Model struct {
	tables
	Revision uint64
	LastMS   int64
	answers  answers
}

// New returns the model before the first event. It keeps that many answers.
func New(window int) *Model {
	return &Model{tables: newTables(), answers: newAnswers(window)}
}

// Request is one event.
type Request struct {
	ID            metadata.RequestID
	FirstRevision uint64
	TimestampMS   int64
	Asked         string                  // what the caller asked for: tells a retry from a mistake
	Operation     metadata.BatchOperation // with what the node that was asked has filled in
}

// Apply is G1, G3, G4, G6 and G7. Of the result, message and fingerprint stay
// empty.
func (m *Model) Apply(r Request) metadata.Result {
	if known, ok := m.answers.known[r.ID]; ok {
		if known.any || known.asked == r.Asked {
			res := known.result
			res.Deduplicated = true
			return res
		}
		return m.uncounted(r, metadata.CodeInvalidRequest)
	}
	if r.FirstRevision > m.Revision {
		return m.uncounted(r, metadata.CodeInvalidRequest)
	}
	if r.FirstRevision < m.answers.floor {
		return m.uncounted(r, metadata.CodeRequestTimedOut)
	}
	m.Revision++
	before := m.LastMS
	m.LastMS = max(m.LastMS, r.TimestampMS)

	e := &event{tables: m.clone(), model: m, revision: m.Revision, now: m.LastMS, before: before, id: r.ID}
	response, code := e.do(r.Operation)
	if code == metadata.CodeNone || changesAnyway(r.Operation, code, response) {
		m.tables = e.tables
		if e.clock != nil {
			m.LastMS = *e.clock
		}
	}
	res := metadata.Result{Request: r.ID, Code: code, Revision: m.Revision, Response: response}
	m.answers.add(r.Asked, res, e.settled)
	return res
}

func (m *Model) uncounted(r Request, code metadata.Code) metadata.Result {
	return metadata.Result{Request: r.ID, Code: code, Revision: m.Revision}
}

// changesAnyway is G6's one exception: a producer that finds its transaction open
// is refused, and the transaction is turned to be aborted.
func changesAnyway(op metadata.BatchOperation, code metadata.Code, r metadata.Response) bool {
	return op.InitProducer != nil && code == metadata.CodeConcurrentTransactions && r.Marks != nil
}

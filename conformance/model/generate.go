package model

import (
	"encoding/binary"
	"slices"

	"pgregory.net/rapid"

	"github.com/chronik-stream/metalog/metadata"
)

// The little that sequences are about, so that requests meet each other. What has
// no valid name is drawn on top, where a name is.
var (
	topicNames       = []string{"orders", "pay.ments", "pay_ments", "t"}
	topicIDs         = []metadata.TopicID{{15: 1}, {15: 2}, {15: 3}, {0: 7, 15: 4}, {15: 5}, {15: 6}, {15: 7}, {15: 8}}
	brokerIDs        = []int32{0, 1, 2, 7}
	groupIDs         = []string{"g", "h"}
	transactionalIDs = []string{"x", "y"}
	memberIDs        = []string{"m", "n"}
	resources        = []metadata.Resource{
		{Type: metadata.ResourceTopic, Name: "orders"},
		{Type: metadata.ResourceTopic, Name: "t"},
		{Type: metadata.ResourceBroker, Name: "0"},
		{Type: metadata.ResourceBroker, Name: "1"},
		{Type: metadata.ResourceCluster},
		{Type: metadata.ResourceGroup, Name: "g"},
		{Type: metadata.ResourceCluster, Name: "c"},
		{Type: metadata.ResourceGroup},
		{Type: metadata.ResourceBroker, Name: "one"},
		{},
	}
)

// maxTotal is how many partitions a topic is given at most.
const maxTotal = 3

// Sequences are random ones of about that many steps. They are drawn in pieces of
// any length, so that what isn't needed for a failure shrinks away.
func Sequences(steps int) *rapid.Generator[Sequence] { return SequencesAfter(nil, steps) }

// SequencesAfter are those that go on from what a first sequence, which isn't part
// of them, has led to.
func SequencesAfter(before Sequence, steps int) *rapid.Generator[Sequence] {
	return rapid.Custom(func(t *rapid.T) Sequence {
		g := &generator{node: NewNode(), at: 1_000_000, made: slices.Clone(before)}
		for _, s := range before {
			g.node.Write(s)
		}
		pieces := rapid.SliceOf(rapid.Custom(g.step))
		return slices.Concat(rapid.SliceOfN(pieces, steps/6, steps/4).Draw(t, "steps")...)
	})
}

// Generate is the sequence of a seed: of one build, always the same. Another
// version of rapid or of the generator may make another one of it, which is why
// sequences are saved and not seeds.
func Generate(seed uint64, steps int) Sequence { return Sequences(steps).Example(int(seed)) }

// generator draws steps that fit what the ones before them have led to, mostly.
type generator struct {
	*drawer
	node    *Node
	at      int64 // the clock
	made    Sequence
	settled []metadata.RequestID
}

func (g *generator) step(t *rapid.T) (s Step) {
	g.drawer = &drawer{t}
	switch g.upTo(35) {
	case 35:
		s.Bounce = 1 + g.upTo(2)
	case 34:
		s.Elect = true
	case 31, 32, 33:
		s.Check = true
	case 30:
		s.Restart = true
	case 29:
		s.Compact = true
	case 27, 28:
		w := g.mark()
		s.Mark = &w
		g.node.SetHighWatermark(w)
	default:
		s = g.write()
	}
	return s
}

func (g *generator) write() (s Step) {
	g.tick()
	s.AtMS = g.at
	s.ID, s.FirstRevision = requestID(len(g.made)+1), g.node.Revision
	switch g.upTo(30) {
	case 24: // again, word for word
		if len(g.made) > 0 {
			old := pick(g.drawer, g.made)
			s.ID, s.FirstRevision, s.Operation = old.ID, old.FirstRevision, old.Operation
		}
	case 25: // the id of another
		if len(g.made) > 0 {
			s.ID = pick(g.drawer, g.made).ID
		}
	case 26: // too late
		if len(g.settled) > 0 {
			s.ID = pick(g.drawer, g.settled)
		}
	case 27: // from a state that isn't there yet
		s.FirstRevision += uint64(g.upTo(2))
	case 28:
		s.FirstRevision = 0
	}
	if Name(s.Operation) == "" {
		s.Operation = g.operation(s.ID)
	}
	g.made = append(g.made, s)
	if s.Operation.Settle != nil && !s.Operation.Settle.RequestID.IsZero() {
		g.settled = append(g.settled, s.Operation.Settle.RequestID)
	}
	g.node.Write(s)
	return s
}

// tick moves the clock: on, now and then far, and now and then back.
func (g *generator) tick() {
	switch g.upTo(19) {
	case 17:
		g.at += 1_000_000
	case 18, 19:
		g.at -= int64(g.upTo(5_000))
	default:
		g.at += int64(g.upTo(500))
	}
	g.at = max(g.at, 0)
}

// operation draws one of all that there are.
func (g *generator) operation(id metadata.RequestID) metadata.BatchOperation {
	switch g.upTo(31) {
	case 31, 30, 29:
		return g.batch()
	case 28, 27:
		return g.settle(id)
	case 26:
		return metadata.BatchOperation{SetFeatureLevel: &metadata.FeatureLevelSpec{Level: uint32(g.upTo(2))}}
	case 25:
		to := g.node.LastMS + int64(g.upTo(4)-3)*1_000
		return metadata.BatchOperation{ResetClock: &metadata.ClockSpec{ToMS: to}}
	default:
		return g.single()
	}
}

// single is an operation that a batch may hold. Where there is little to work on
// it mostly makes more.
func (g *generator) single() metadata.BatchOperation {
	if len(g.node.topics) < 2 && g.seldom(2) {
		return metadata.BatchOperation{CreateTopic: g.newTopic()}
	}
	if len(g.node.brokers) > 0 && !g.node.placeable(1) && g.seldom(2) {
		return metadata.BatchOperation{SetBrokerState: g.state()}
	}
	switch g.upTo(15) {
	case 0, 1, 2:
		return g.onTopics()
	case 3, 4:
		return g.onBrokers()
	case 5, 6, 7:
		return g.onGroups()
	case 8, 9, 10:
		return g.onLogs()
	default:
		return g.onTransactions()
	}
}

// drawer draws from one rapid.T. What is drawn shrinks towards 0, no and first.
type drawer struct{ t *rapid.T }

// upTo is a number from 0 to most.
func (d *drawer) upTo(most int) int { return rapid.IntRange(0, most).Draw(d.t, "n") }

// seldom is true once in a number of times.
func (d *drawer) seldom(once int) bool { return d.upTo(once-1) == once-1 }

func pick[T any](d *drawer, from []T) T { return rapid.SampledFrom(from).Draw(d.t, "of") }

// mostly is usual, and seldom another of some.
func mostly[T any](d *drawer, usual T, others ...T) T {
	if d.seldom(16) {
		return pick(d, others)
	}
	return usual
}

// several is up to most of what draw draws, none seldom.
func several[T any](d *drawer, most int, draw func() T) []T {
	var out []T
	for range mostly(d, 1+d.upTo(most-1), 0) {
		out = append(out, draw())
	}
	return out
}

func requestID(n int) (id metadata.RequestID) {
	binary.BigEndian.PutUint32(id[12:], uint32(n))
	return id
}

func everyPartition() []metadata.TopicPartition {
	out := []metadata.TopicPartition{{Topic: "none"}}
	for _, t := range topicNames {
		for i := range int32(maxTotal + 1) {
			out = append(out, metadata.TopicPartition{Topic: t, Partition: i})
		}
	}
	return out
}

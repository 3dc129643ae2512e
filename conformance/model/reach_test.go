package model_test

import (
	"fmt"
	"maps"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/chronik-stream/metalog/conformance/model"
	"github.com/chronik-stream/metalog/metadata"
)

// reached is how many sequences are looked at, the same in every run.
const reached = 600

// beyond is what a write may answer and no sequence comes to, with the reason.
var beyond = map[string]string{
	"AllocateProducerIDs UNKNOWN_SERVER_ERROR": "2^63 producer ids",
	"InitProducer UNKNOWN_SERVER_ERROR":        "2^63 producer ids",
	"Settle REQUEST_TIMED_OUT":                 "a window of 65,536 answers: TestUsedUp",
}

// often is how many of a hundred sequences at least do each of these, which no
// table of answers shows.
var often = map[string]int{
	"restart": 50, "compact": 50, "another leads": 50, "one node restarts": 50, "check": 90, "clock back": 90, "the same again": 70, "another request of the same id": 50,
}

func TestSequencesAreRough(t *testing.T) {
	met := map[string]int{}
	for seed := range uint64(100) {
		for what := range rough(model.Generate(seed, steps)) {
			met[what]++
		}
	}
	for what, least := range often {
		require.GreaterOrEqualf(t, met[what], least, "of a hundred sequences with %q", what)
	}
}

// rough is what a sequence does beside answering.
func rough(sequence model.Sequence) map[string]bool {
	met, node, asked, last := map[string]bool{}, model.NewNode(), map[metadata.RequestID]bool{}, int64(0)
	for _, s := range sequence {
		switch {
		case s.Restart:
			met["restart"] = true
		case s.Compact:
			met["compact"] = true
		case s.Elect:
			met["another leads"] = true
		case s.Bounce != 0:
			met["one node restarts"] = true
		case s.Check:
			met["check"] = true
		case s.Mark == nil:
			again := node.Write(s).Deduplicated
			met["the same again"] = met["the same again"] || again
			met["another request of the same id"] = met["another request of the same id"] || asked[s.ID] && !again
			met["clock back"] = met["clock back"] || s.AtMS < last
			asked[s.ID], last = true, s.AtMS
		}
	}
	maps.DeleteFunc(met, func(_ string, did bool) bool { return !did })
	return met
}

// Sequences come to every answer that the operations' table has, so that agreeing
// on them means something. With -v it says how often.
func TestSequencesReachEveryAnswer(t *testing.T) {
	met := map[string]int{}
	for seed := range reached {
		node := model.NewNode()
		for _, s := range model.Sequences(steps).Example(seed) {
			meet(met, node, s)
		}
	}
	for _, op := range metadata.Operations() {
		if !op.Write {
			continue
		}
		for _, code := range op.Codes {
			reach(t, met, op.Name+" "+code.String())
		}
		for _, code := range op.Items {
			reach(t, met, op.Name+" item "+code.String())
		}
		reach(t, met, op.Name+" again")
	}
}

func meet(met map[string]int, node *model.Node, s model.Step) {
	name := model.Name(s.Operation)
	if name == "" {
		return
	}
	res := node.Write(s)
	if res.Deduplicated {
		met[name+" again"]++
		return
	}
	met[name+" "+res.Code.String()]++
	if res.Code == metadata.CodeNone && len(res.Response.Failed) == 0 {
		met[name+" item NONE"]++
	}
	for _, item := range res.Response.Failed {
		met[name+" item "+item.Code.String()]++
	}
}

func reach(t *testing.T, met map[string]int, what string) {
	t.Helper()
	reason, out := beyond[what]
	t.Log(fmt.Sprintf("%6d %s", met[what], what), reason)
	if out {
		require.Zerof(t, met[what], "%s is reached after all: take it off the list", what)
		return
	}
	if met[what] == 0 {
		t.Errorf("no sequence comes to %s", what)
	}
}

package model_test

import (
	"fmt"
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

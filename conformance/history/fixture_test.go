package history_test

import (
	"time"

	"github.com/chronik-stream/metalog/conformance/history"
)

const ms = time.Millisecond

func hashOf(id string) uint64 { return uint64(len(id))<<32 + uint64(id[0])<<8 + uint64(id[len(id)-1]) }

func answerOf(id string) uint64 { return ^hashOf(id) }

func entry(position uint64, id string) history.Applied {
	return history.Applied{Position: position, ID: id, Hash: hashOf(id), Answer: answerOf(id)}
}

func acknowledged(id, node string, call, back time.Duration, position uint64) history.Write {
	return history.Write{
		ID: id, Node: node, Call: call, Return: back,
		Outcome: history.Acknowledged, Position: position, Answer: answerOf(id),
	}
}

// good is a legal history of three nodes: b and c are concurrent, u is unknown
// and came, v is unknown and didn't, r was refused, x is somebody else's. n3
// was restored at 20.
func good() history.History {
	return history.History{
		Writes: []history.Write{
			acknowledged("a", "n1", 1*ms, 2*ms, 10),
			acknowledged("b", "n2", 3*ms, 6*ms, 30),
			acknowledged("c", "n3", 4*ms, 7*ms, 20),
			acknowledged("d", "n1", 9*ms, 10*ms, 0),
			acknowledged("e", "n1", 12*ms, 14*ms, 60),
			{ID: "u", Node: "n2", Call: 8 * ms},
			{ID: "v", Node: "n2", Call: 8 * ms, Return: 9 * ms},
			{ID: "r", Node: "n3", Call: 8 * ms, Return: 9 * ms, Outcome: history.NotAppended},
		},
		Reads: []history.Read{
			{Node: "n1", Call: 0, Return: 1 * ms, Linearizable: true},
			{Node: "n1", Call: 7 * ms, Return: 8 * ms, Linearizable: true, Position: 30},
			{Node: "n2", Call: 10 * ms, Return: 11 * ms, Position: 10},
			{Node: "n2", Call: 11 * ms, Return: 12 * ms, Position: 40},
			{Node: "n3", Call: 15 * ms, Return: 16 * ms, Linearizable: true, Position: 60},
			{Node: "n2", Call: 15 * ms, Return: 16 * ms, Position: 50},
		},
		Taps: []history.Tap{
			{Node: "n1", Life: 1, Entries: []history.Applied{
				entry(10, "a"), entry(20, "c"), entry(30, "b"), entry(40, "d"), entry(50, "x"), entry(55, "u"), entry(60, "e"),
			}},
			{Node: "n2", Life: 1, Entries: []history.Applied{entry(10, "a"), entry(20, "c"), entry(30, "b")}},
			{Node: "n2", Life: 2, Begin: 20, Entries: []history.Applied{
				entry(10, "a"), entry(30, "b"), entry(40, "d"), entry(50, "x"), entry(55, "u"),
			}},
			{Node: "n3", Life: 1, Begin: 20, Entries: []history.Applied{
				entry(30, "b"), entry(40, "d"), entry(50, "x"), entry(55, "u"), entry(60, "e"),
			}},
		},
		Foreign: func(id string) bool { return id == "x" },
	}
}

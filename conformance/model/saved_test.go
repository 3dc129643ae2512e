package model_test

import (
	"flag"
	"math"
	"os"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/chronik-stream/metalog/conformance/model"
	"github.com/chronik-stream/metalog/metadata"
)

var update = flag.Bool("update", false, "write testdata/sequence.json as it would be saved now")

const golden = "testdata/sequence.json"

// few are steps of every kind.
func few() model.Saved {
	var no string
	return model.Saved{Seed: math.MaxUint64, Note: "a <note>, \"quoted\"", Steps: model.Sequence{
		{ID: metadata.RequestID{15: 1}, AtMS: 5, Operation: metadata.BatchOperation{CreateTopic: &metadata.TopicSpec{
			Name: "t", ID: metadata.TopicID{15: 1}, Partitions: 1, ReplicationFactor: 1,
		}}},
		{Mark: &metadata.Watermark{Topic: metadata.TopicID{15: 1}, HighWatermark: math.MaxInt64}},
		{Restart: true},
		{ID: metadata.RequestID{15: 2}, FirstRevision: 1, AtMS: 3, Operation: metadata.BatchOperation{Batch: &metadata.BatchSpec{
			Operations: []metadata.BatchOperation{
				{AlterConfigs: &metadata.ConfigSpec{
					Resource: metadata.Resource{Type: metadata.ResourceTopic, Name: "t"},
					Ops:      []metadata.ConfigOp{{Kind: metadata.ConfigDelete, Key: "x.a"}, {Kind: metadata.ConfigSet, Key: "x.b", Value: &no}},
				}},
				{PutGroup: &metadata.GroupSpec{
					ID: "g", ExpectedGeneration: metadata.NoGeneration, Generation: 1, State: metadata.GroupStable, ProtocolType: "consumer",
					ProtocolName: "range", Leader: "m", Members: []metadata.GroupMember{{ID: "m", Metadata: []byte{0, 255}}},
				}},
			},
		}}},
		{Compact: true},
		{Check: true},
	}}
}

// Whatever is generated comes back as it was.
func TestSavedSequencesComeBack(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		s := model.Saved{
			Seed: rapid.Uint64().Draw(rt, "seed"), Note: rapid.String().Draw(rt, "note"),
			Steps: model.Sequences(steps).Draw(rt, "steps"),
		}
		data, err := model.EncodeSequence(s)
		require.NoError(rt, err)
		again, err := model.DecodeSequence(data)
		require.NoError(rt, err)
		require.Equal(rt, s, again)
	})
}

// What was saved once can be read, and done again.
func TestSavedSequence(t *testing.T) {
	data, err := model.EncodeSequence(few())
	require.NoError(t, err)
	if *update {
		require.NoError(t, os.WriteFile(golden, append(data, '\n'), 0o644))
	}
	file, err := os.ReadFile(golden)
	require.NoError(t, err)
	require.Equal(t, string(file), string(data)+"\n")
	saved, err := model.DecodeSequence(file)
	require.NoError(t, err)
	require.Equal(t, few(), saved)

	clock := &model.Clock{}
	require.NoError(t, model.Run(t.Context(), saved.Steps, clock, newBare(clock)))
}

func TestWhatCantBeSaved(t *testing.T) {
	_, err := model.EncodeSequence(model.Saved{Note: "\xff"})
	require.EqualError(t, err, "the sequence holds what can't be saved as JSON")
	_, err = model.EncodeSequence(model.Saved{Steps: model.Sequence{{}}})
	require.ErrorContains(t, err, "exactly one thing to do")
}

func TestSequencesThatCantBeRead(t *testing.T) {
	for data, want := range map[string]string{
		``:                     "unexpected end of JSON input",
		`{"format":1} {}`:      "after top-level value",
		`{"format":2,"new":1}`: "a saved sequence has format 2, and this build reads 1",
		`{"steps":[]}`:         "a saved sequence has format 0, and this build reads 1",
		`{"format":1,"new":1}`: `unknown field "new"`,
		`{"format":1,"steps":[{"Check":true,"Slow":true}]}`:                                             `unknown field "Slow"`,
		`{"format":1,"steps":[{"Operation":{"DeleteGroup":{"Id":"g","Name":"g"}}}]}`:                    `unknown field "Name"`,
		`{"format":1,"steps":[{"Check":true},{}]}`:                                                      "step 1 of a saved sequence: it must be exactly one thing to do",
		`{"format":1,"steps":[{"Check":true,"Restart":true}]}`:                                          "exactly one thing to do",
		`{"format":1,"steps":[{"Check":true,"Mark":{}}]}`:                                               "exactly one thing to do",
		`{"format":1,"steps":[{"Operation":{"DeleteGroup":{},"DeleteTopic":{}}}]}`:                      "exactly one thing to do",
		`{"format":1,"steps":[{"Operation":{"Batch":{"Operations":[{}]}}}]}`:                            "its batch must hold operations",
		`{"format":1,"steps":[{"Operation":{"Batch":{"Operations":[{"Batch":{"Operations":[{}]}}]}}}]}`: "its batch must hold operations",
	} {
		_, err := model.DecodeSequence([]byte(data))
		require.ErrorContains(t, err, want, data)
	}
}

// FuzzDecodeSequence: what is taken for a sequence can be saved and shown again.
func FuzzDecodeSequence(f *testing.F) {
	data, err := model.EncodeSequence(few())
	require.NoError(f, err)
	f.Add(data)
	data, err = model.EncodeSequence(model.Saved{Steps: model.Generate(1, steps)})
	require.NoError(f, err)
	f.Add(data)
	f.Fuzz(func(t *testing.T, data []byte) {
		s, err := model.DecodeSequence(data)
		if err != nil {
			return
		}
		again, err := model.EncodeSequence(s)
		require.NoError(t, err)
		same, err := model.DecodeSequence(again)
		require.NoError(t, err)
		require.Equal(t, s, same)
		_ = s.Steps.String()
	})
}

package model_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/chronik-stream/metalog/conformance/model"
)

func TestReach(t *testing.T) {
	met := map[string]int{}
	for seed := range 100 {
		node := model.NewNode()
		for _, s := range model.Sequences(steps).Example(seed) {
			if name := model.Name(s.Operation); name != "" {
				res := node.Write(s)
				met[name+" "+res.Code.String()]++
			}
		}
	}
	require.NotEmpty(t, met)
}

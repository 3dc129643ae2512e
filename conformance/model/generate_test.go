package model_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/chronik-stream/metalog/conformance/model"
)

func TestASeedMakesOneSequence(t *testing.T) {
	for seed := range uint64(20) {
		sequence := model.Generate(seed, steps)
		require.Equal(t, sequence, model.Generate(seed, steps))
		require.NotEqual(t, sequence, model.Generate(seed+1, steps))
	}
	require.NotEqual(t, model.Generate(1, steps), model.Generate(1<<63|1, steps), "all of the seed counts")
}

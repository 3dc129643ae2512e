package inmem_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/chronik-stream/metalog/sdk"
	"github.com/chronik-stream/metalog/sdk/inmem"
)

func TestThereAreNoSettings(t *testing.T) {
	for _, fine := range []string{"", " ", "null", "{}", " { } "} {
		b := inmem.New()
		require.NoError(t, b.Open(t.Context(), sdk.Config{NodeID: "n1", Options: json.RawMessage(fine)}, newMachine()), fine)
		shut(t, b)
	}
	for wrong, field := range map[string]string{
		`{"zeta": 1, "alpha": 2}`: "zeta",
		`{"compact_bytes": {}}`:   "compact_bytes",
		`{"": 1}`:                 "",
		`{"a": 1`:                 "options",
		`[]`:                      "options",
		`1`:                       "options",
		`nonsense`:                "options",
		`{} {}`:                   "options",
	} {
		b := inmem.New()
		err := b.Open(t.Context(), sdk.Config{NodeID: "n1", Options: json.RawMessage(wrong)}, newMachine())
		require.ErrorIs(t, err, sdk.ErrInvalidConfig, wrong)
		var e *sdk.Error
		require.ErrorAs(t, err, &e)
		require.Equal(t, field, e.Field)
		require.Equal(t, err, b.(sdk.ConfigValidator).ValidateConfig(json.RawMessage(wrong)))
		shut(t, b)
	}
}

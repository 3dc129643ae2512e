package local_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/chronik-stream/metalog/plugins/local"
	"github.com/chronik-stream/metalog/sdk"
)

func TestOptions(t *testing.T) {
	for options, want := range map[string]struct{ field, says string }{
		``:                            {},
		`{}`:                          {},
		`null`:                        {},
		`{"compact_bytes": 1048576}`:  {},
		`{"compact_bytes": 0}`:        {"compact_bytes", "too small"},
		`{"compact_bytes": -1}`:       {"compact_bytes", "too small"},
		`{"compact_bytes": "64 MiB"}`: {"compact_bytes", "a string where a whole number"},
		`{"compact_bytes": 1e30}`:     {"compact_bytes", "number"},
		`{"Compact_Bytes": 1048576}`:  {"Compact_Bytes", "unknown setting"},
		`{"compact_bytess": 1}`:       {"compact_bytess", `there is ["compact_bytes"]`},
		`[1]`:                         {"options", "not a JSON object"},
		`{`:                           {"options", "not a JSON object"},
	} {
		t.Run(options, func(t *testing.T) {
			cfg := config(t.TempDir(), sdk.StartNew)
			cfg.Options = []byte(options)
			b := local.New()
			err := b.(sdk.ConfigValidator).ValidateConfig(cfg.Options)
			if want.field == "" {
				require.NoError(t, err)
				return
			}
			var e *sdk.Error
			require.ErrorAs(t, err, &e)
			require.Equal(t, sdk.ReasonInvalidConfig, e.Reason)
			require.Equal(t, want.field, e.Field)
			require.Contains(t, e.Message, want.says)
			require.Equal(t, err, b.Open(t.Context(), cfg, newMachine()))
			require.Empty(t, contents(t, cfg.DataDir))
			shut(t, b)
		})
	}
}

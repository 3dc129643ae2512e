package host

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/chronik-stream/metalog/sdk"
)

func TestClocks(t *testing.T) {
	const hour = time.Hour
	for name, tc := range map[string]struct {
		ahead     map[string]time.Duration
		refuses   string
		complains bool
	}{
		"alone":                   {},
		"only itself":             {ahead: map[string]time.Duration{"n1": -9 * hour}},
		"as the others":           {ahead: map[string]time.Duration{"n2": time.Second, "n3": -time.Second}},
		"an hour is fine":         {ahead: map[string]time.Duration{"n2": -hour}},
		"over an hour ahead":      {ahead: map[string]time.Duration{"n3": -2 * hour, "n2": -hour - 1}, refuses: "ahead of n2, n3"},
		"ahead of one":            {ahead: map[string]time.Duration{"n2": -2 * hour, "n3": 0}},
		"over an hour behind":     {ahead: map[string]time.Duration{"n2": 2 * hour}, complains: true},
		"behind one":              {ahead: map[string]time.Duration{"n2": 2 * hour, "n3": 0}},
		"between far away others": {ahead: map[string]time.Duration{"n2": 2 * hour, "n3": -2 * hour}},
	} {
		t.Run(name, func(t *testing.T) {
			c, now := newClocks("n1"), time.Unix(1_000_000, 0)
			for node, ahead := range tc.ahead {
				c.hear(node, now.Add(-5*hour), now)
				c.hear(node, now.Add(ahead), now)
			}
			err := c.stampable()
			if tc.refuses == "" {
				require.NoError(t, err)
			} else {
				require.ErrorContains(t, err, tc.refuses)
				require.ErrorIs(t, err, sdk.ErrNotAppended)
			}
			require.Equal(t, tc.complains, c.late() != "")
			c.forget()
			require.NoError(t, c.stampable())
		})
	}
}

package metadata

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestTopicNames(t *testing.T) {
	for _, name := range []string{"a", "A.b_c-9", "...", "._", "-", strings.Repeat("a", MaxTopicName)} {
		require.Nil(t, checkTopicName(name), "%q", name)
	}
	for _, name := range []string{"", ".", "..", "a b", "a/b", "a\x00", "ä", "a:b", "a,b", strings.Repeat("a", MaxTopicName+1)} {
		r := checkTopicName(name)
		require.NotNil(t, r, "%q", name)
		require.Equal(t, CodeInvalidTopic, r.code)
	}
}

func TestNamesFold(t *testing.T) {
	for name, want := range map[string]string{
		"a.b": "a_b", "a_b": "a_b", "a..b_c": "a__b_c", ".": "_",
	} {
		got, folds := foldName(name)
		require.True(t, folds, name)
		require.Equal(t, want, got)
	}
	for _, name := range []string{"ab", "a-b", "AB9"} {
		got, folds := foldName(name)
		require.False(t, folds, name)
		require.Equal(t, name, got)
	}
}

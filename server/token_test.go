package server_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/chronik-stream/metalog/metadata"
	"github.com/chronik-stream/metalog/server"
)

func FuzzToken(f *testing.F) {
	f.Add(server.TokenText("topics", 7, "orders"))
	f.Add("")
	f.Add("eyJsIjoidG9waWNzIn0")
	f.Fuzz(func(t *testing.T, text string) {
		revision, key, err := server.ParseToken(text, "topics")
		if err != nil {
			require.ErrorIs(t, err, metadata.ErrInvalid)
			return
		}
		again, sameKey, err := server.ParseToken(server.TokenText("topics", revision, key), "topics")
		require.NoError(t, err)
		require.Equal(t, revision, again)
		require.Equal(t, key, sameKey)
	})
}

package main

import (
	"bytes"
	"context"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// Watching goes on until a signal, which isn't a failure.
func TestStatusWatch(t *testing.T) {
	n := start(t, t.TempDir(), "n1")
	require.NoError(t, n.serving())
	ctx, signal := context.WithCancel(t.Context())
	defer signal()
	out := &untilTwice{word: `"node": "n1"`, then: signal}
	var errOut bytes.Buffer
	code := run(ctx, []string{"status", "--node", "--watch", "-o", "json", "--addr", n.grpc}, &bytes.Buffer{}, out, &errOut)
	require.Equal(t, exitOK, code, errOut.String())
	require.Equal(t, 2, strings.Count(out.text.String(), out.word), out.text.String())
}

// untilTwice does something when it has been sent a word twice.
type untilTwice struct {
	word string
	then func()
	text strings.Builder
}

func (u *untilTwice) Write(p []byte) (int, error) {
	n, err := u.text.Write(p)
	if strings.Count(u.text.String(), u.word) >= 2 {
		u.then()
	}
	return n, err
}

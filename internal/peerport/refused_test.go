package peerport_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/chronik-stream/metalog/internal/peerport"
)

// Whoever isn't the node that belongs there is refused by name, and both sides
// hear of it.
func TestRefusals(t *testing.T) {
	pairs := certificates(t, "n1", "n2", "n3")
	for name, test := range map[string]struct {
		dialler, listener func(*peerport.Options)
		byListener        bool
		replaced          bool
		says              string
	}{
		"of another cluster": {
			dialler: func(o *peerport.Options) { o.Me.Cluster = "other" }, byListener: true,
			says: `node "n1" belongs to cluster "other", and this is one of cluster "c"`,
		},
		"of the same name": {
			dialler: func(o *peerport.Options) { o.Me.Node = "n2" }, byListener: true,
			says: `two nodes are called "n2"`,
		},
		"with another directory": {
			listener: func(o *peerport.Options) { o.Others = met(map[string]string{"n1": "before"}, 0) }, byListener: true, replaced: true,
			says: "another data directory than the one the cluster knows",
		},
		"at another directory": {
			dialler: func(o *peerport.Options) { o.Others = met(map[string]string{"n2": "before"}, 0) }, replaced: true,
			says: "another data directory than the one the cluster knows",
		},
		"not who was meant": {
			dialler: func(o *peerport.Options) { o.NameOf = func(string) string { return "n3" } }, byListener: true,
			says: `this is node "n2", not "n3"`,
		},
		"with another's certificate": {
			dialler:  func(o *peerport.Options) { o.TLS = pairs["n3"] },
			listener: func(o *peerport.Options) { o.TLS = pairs["n2"] }, byListener: true,
			says: `node "n1" shows a certificate for`,
		},
		"behind another's certificate": {
			dialler:  func(o *peerport.Options) { o.TLS = pairs["n1"] },
			listener: func(o *peerport.Options) { o.TLS = pairs["n3"] },
			says:     `node "n2" shows a certificate for`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			n1, n2 := open(t, "n1", test.dialler), open(t, "n2", test.listener)
			_, err := n1.Dial(t.Context(), n2.at, engine)
			var refused *peerport.RefusedError
			require.ErrorAs(t, err, &refused)
			mine, theirs := n1.told(t), n2.told(t)
			require.Equal(t, *refused, mine)
			for _, r := range []peerport.RefusedError{mine, theirs} {
				require.Contains(t, r.Reason, test.says)
				require.Equal(t, test.replaced, r.Replaced)
			}
			require.Equal(t, test.byListener, mine.By == "n2", "dialler: %v", mine)
			require.Equal(t, !test.byListener, theirs.By != "", "listener: %v", theirs)
		})
	}
}

// A node with another's certificate isn't remembered, and with it not held against
// the true one.
func TestImpostorIsNotRemembered(t *testing.T) {
	pairs := certificates(t, "n1", "n2", "n3")
	known := met(nil, 0)
	n2 := open(t, "n2", func(o *peerport.Options) { o.TLS, o.Others = pairs["n2"], known })
	false1 := open(t, "n1", func(o *peerport.Options) { o.TLS, o.Me.Directory = pairs["n3"], "false" })
	_, err := false1.Dial(t.Context(), n2.at, engine)
	require.Error(t, err)
	true1 := open(t, "n1", func(o *peerport.Options) { o.TLS = pairs["n1"] })
	reaches(t, true1, n2, engine)
	require.NotNil(t, known.Admit("n1", "false"))
}

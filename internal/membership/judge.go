package membership

import (
	"fmt"

	"github.com/chronik-stream/metalog/sdk"
)

// Voices are what those say who know whether a node was removed: refused holds
// what each of others said. A learner may be far behind, and not have heard of this
// node yet, though it knows the leader.
func Voices(members []sdk.Member, others []sdk.Peer, refused []bool) []bool {
	var voices []bool
	for i, p := range others {
		if m, ok := Find(members, p.NodeID); !ok || m.Role == sdk.RoleVoter {
			voices = append(voices, refused[i])
		}
	}
	return voices
}

// Judged is what follows from who doesn't know this node. That a majority doesn't
// is sure. One is enough to show it where this node's own log doesn't either; but
// that log may end before the node was added, and the one may be as late.
func Judged(member bool, refused []bool) (out, surely bool) {
	against := 0
	for _, r := range refused {
		if r {
			against++
		}
	}
	surely = 2*against > len(refused)
	return surely || !member && against > 0, surely
}

// RemovedText says that a node was removed.
func RemovedText(node string) string {
	return fmt.Sprintf("node %q was removed from the cluster: stop it, and add it again if it is to come back", node)
}

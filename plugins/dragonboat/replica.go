package dragonboat

import (
	"crypto/rand"
	"encoding/binary"
	"hash/fnv"
	"strings"

	"github.com/chronik-stream/metalog/internal/boltlog"
	"github.com/chronik-stream/metalog/sdk"
)

// shard is the library's number for the only group there is.
const shard = 1

// A node is a number to the library, which bars that of a removed one for ever. The
// first members have it from their names, so that each can tell the others'; who
// joins later has a fresh one, chosen by the member that adds it.

// firstReplica is the number of a first member.
func firstReplica(node string) uint64 {
	h := fnv.New64a()
	_, _ = h.Write([]byte(node)) // never fails
	return max(h.Sum64(), 1)
}

// freshReplica is the number of a new member. It says as what that was added, by
// being even or odd: the library wants to be told before the node has heard anything.
// A voter that begins as a learner would vote, and never stand.
func freshReplica(learner bool) uint64 {
	var b [8]byte
	_, _ = rand.Read(b[:]) // never fails
	odd := max(binary.BigEndian.Uint64(b[:]), 2) | 1
	if learner {
		return odd - 1
	}
	return odd
}

func addedAsLearner(number uint64) bool { return number%2 == 0 }

// targetOf is what the library knows a member by beside its number: name and
// address in one, so that its configuration says who is who.
func targetOf(p sdk.Peer) string { return p.NodeID + "@" + p.Address }

// peerOf is who a target is; the name may hold an "@", the address doesn't.
func peerOf(target string) sdk.Peer {
	i := strings.LastIndexByte(target, '@')
	if i < 0 {
		return sdk.Peer{}
	}
	return sdk.Peer{NodeID: target[:i], Address: target[i+1:]}
}

// replica is this node's number, if it has one yet.
func (d *logDB) replica() (number uint64, found bool, err error) {
	value, found, err := d.log.Value(keyReplica)
	switch {
	case err != nil || !found:
		return 0, false, err
	case len(value) != 8:
		return 0, false, boltlog.Corrupt(d.path(), 0, "the node's number has %d bytes", len(value))
	}
	return binary.BigEndian.Uint64(value), true, nil
}

func (d *logDB) setReplica(number uint64) error {
	return d.log.Set(keyReplica, binary.BigEndian.AppendUint64(nil, number))
}

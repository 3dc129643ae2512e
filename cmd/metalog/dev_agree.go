package main

import "fmt"

// agreement is how far the nodes that answer have the same state.
type agreement struct {
	revision uint64 // the latest of any
	digest   string // there
	equal    int    // nodes that have both
	nodes    int    // of all
	differ   bool   // at one revision there are two digests
}

func agreementOf(seen []nodeSeen) agreement {
	a := agreement{nodes: len(seen)}
	digests := map[uint64]string{}
	for _, s := range seen {
		if s.status == nil {
			continue
		}
		revision, digest := s.status.GetRevision(), s.status.GetDigest()
		if other, known := digests[revision]; known && other != digest {
			a.differ = true
		}
		digests[revision] = digest
		switch {
		case a.digest == "" || revision > a.revision:
			a.revision, a.digest, a.equal = revision, digest, 1
		case revision == a.revision && digest == a.digest:
			a.equal++
		}
	}
	return a
}

// whole reports whether every node has the same.
func (a agreement) whole() bool { return !a.differ && a.nodes > 0 && a.equal == a.nodes }

func (a agreement) String() string {
	switch {
	case a.differ:
		return "the nodes' state digests differ at one revision"
	case a.digest == "":
		return "no node answers"
	}
	return fmt.Sprintf("state digest %s equal on %d/%d", shortDigest(a.digest), a.equal, a.nodes)
}

// shortDigest is enough of it to be compared by eye.
func shortDigest(digest string) string {
	if len(digest) < 8 {
		return digest
	}
	return digest[:4] + "…" + digest[len(digest)-2:]
}

// Package local is the backend of one node: its log is a bbolt file, its
// snapshots are files beside it. It is what a node runs on without a cluster.
//
// A data directory holds, beside what sdk.Guard keeps there:
//
//	log.db                           the entries, by index
//	snapshot-00000000000000000042    the host's state after entry 42
//	*.tmp                            unfinished, removed at the next Open
//
// A write takes this way: Propose queues it; the committer writes everything
// that is waiting in one transaction, which ends with fsync; then the delivery
// goroutine hands it to the host while the committer is at the next one.
//
// The log keeps at most Options.CompactBytes of entries, or as much as the
// last snapshot was long if that is more. Beyond, the host's state is written
// as a new snapshot and the entries it covers are deleted. The file of bbolt
// doesn't shrink: freed pages are used again.
//
// Whatever was acknowledged is there at the next Open, or Open fails with
// ReasonCorrupt and changes nothing. That includes damage to bbolt's pages:
// every entry carries its checksum, the indexes are dense, and both meta pages
// must be sound, since bbolt would fall back to the older one and lose the
// last write without a word.
//
// A session has four goroutines, started by Open and ended before Close
// returns: commit, deliver, compact and report.
package local

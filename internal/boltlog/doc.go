// Package boltlog is a log in one bbolt file, for backends that keep theirs on
// disk: entries under dense indexes, each with its checksum, and on demand a few
// named values beside them.
//
// A log may begin anywhere: DeleteTo takes entries away at its beginning,
// Truncate at its end, and Restart replaces all of it by nothing at a place of
// the caller's choice. Write does several of these, and sets values, all at once.
// Whatever returned nil is on disk.
//
// Inspect reads all of a file, read-only, and fails with ReasonCorrupt unless it
// is what was written. That includes damage to bbolt's pages: the indexes are
// dense, the sum of the values is known, and both meta pages must be sound, since
// bbolt would fall back to the older one and lose the last write without a word.
//
// Every operation may be called from any goroutine; writes take turns. What is
// bbolt's failure, its panics included, comes back as an error.
package boltlog

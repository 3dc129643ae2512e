// Package bench measures whole paths, each figure beside a reference taken in
// the same run, so that what is reported is a ratio and not this machine's mood.
// It holds benchmarks only: `make bench` runs them. They write below TMPDIR,
// which must be on a disk: in memory an fsync measures nothing.
package bench

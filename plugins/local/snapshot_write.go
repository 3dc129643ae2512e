package local

import (
	"bufio"
	"context"
	"errors"
	"hash"
	"hash/crc32"
	"io"
	"os"

	"github.com/chronik-stream/metalog/internal/boltlog"
)

// syncEvery spreads the fsyncs of a long snapshot: a single one at its end
// would keep the log's waiting until all of it is on disk.
const syncEvery = 8 << 20

// writeSnapshot writes the state at index, durably when it returns nil. An
// unfinished one never has the name of a snapshot. It ends early with ctx.
func writeSnapshot(ctx context.Context, dir string, index uint64, state io.WriterTo) (snapshotFile, error) {
	s := snapshotFile{path: snapshotPath(dir, index), index: index}
	tmp := s.path + boltlog.TmpSuffix
	f, err := os.OpenFile(tmp, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return s, err
	}
	w := &snapshotWriter{ctx: ctx, file: f, buf: bufio.NewWriterSize(f, snapshotBuffer), sum: crc32.New(castagnoli)}
	_, err = state.WriteTo(w)
	if err == nil {
		err = w.finish(index)
	}
	if err := errors.Join(err, f.Close()); err != nil {
		return s, errors.Join(err, os.Remove(tmp))
	}
	if err := os.Rename(tmp, s.path); err != nil {
		return s, err
	}
	s.size = w.size
	return s, boltlog.SyncDir(dir)
}

// snapshotWriter is what the host writes into. It keeps its own count: what
// WriteTo says of itself isn't proof.
type snapshotWriter struct {
	ctx    context.Context
	file   *os.File
	buf    *bufio.Writer
	sum    hash.Hash32
	size   int64
	synced int64
}

func (w *snapshotWriter) Write(p []byte) (int, error) {
	if err := w.ctx.Err(); err != nil {
		return 0, err
	}
	n, err := w.buf.Write(p)
	_, _ = w.sum.Write(p[:n]) // a hash never fails
	w.size += int64(n)
	if err == nil && w.size-w.synced >= syncEvery {
		err = w.sync()
	}
	return n, err
}

func (w *snapshotWriter) sync() error {
	w.synced = w.size
	return errors.Join(w.buf.Flush(), w.file.Sync())
}

func (w *snapshotWriter) finish(index uint64) error {
	trailer := trailerOf(index, w.size, w.sum.Sum32())
	if _, err := w.buf.Write(trailer[:]); err != nil {
		return err
	}
	return w.sync()
}

package faulty

import (
	"bytes"
	"context"
	"errors"
	"io"

	"github.com/chronik-stream/metalog/sdk"
)

// alteredSnapshot is written otherwise than the host's.
type alteredSnapshot struct {
	sdk.Snapshot
	write func(sdk.Snapshot, io.Writer) (int64, error)
}

func (s alteredSnapshot) WriteTo(w io.Writer) (int64, error) { return s.write(s.Snapshot, w) }

func altered(write func(sdk.Snapshot, io.Writer) (int64, error)) func(context.Context, sdk.StateMachine) (sdk.Snapshot, error) {
	return func(ctx context.Context, sm sdk.StateMachine) (sdk.Snapshot, error) {
		s, err := sm.Snapshot(ctx)
		if err != nil {
			return nil, err
		}
		return alteredSnapshot{s, write}, nil
	}
}

// rewritten keeps something else than what a snapshot wrote.
func rewritten(by func([]byte) []byte) lie {
	return lie{snapshot: altered(func(s sdk.Snapshot, w io.Writer) (int64, error) {
		var whole bytes.Buffer
		if n, err := s.WriteTo(&whole); err != nil {
			return n, err
		}
		n, err := w.Write(by(whole.Bytes()))
		return int64(n), err
	})}
}

func truncatedSnapshot() lie {
	return rewritten(func(b []byte) []byte { return b[:max(0, len(b)-8)] })
}

func corruptSnapshot() lie {
	return rewritten(func(b []byte) []byte {
		b[len(b)/2] ^= 1
		return b
	})
}

func smallSnapshots() lie {
	const most = 16 << 20
	return rewritten(func(b []byte) []byte { return b[:min(len(b), most)] })
}

func hideFailedSnapshot() lie {
	return lie{snapshot: altered(func(s sdk.Snapshot, w io.Writer) (int64, error) {
		n, _ := s.WriteTo(w)
		return n, nil
	})}
}

func stopForSnapshots() lie {
	return lie{snapshot: func(ctx context.Context, sm sdk.StateMachine) (sdk.Snapshot, error) {
		s, err := sm.Snapshot(ctx)
		if err != nil {
			return nil, err
		}
		var whole bytes.Buffer
		_, failed := s.WriteTo(&whole)
		return alteredSnapshot{s, func(_ sdk.Snapshot, w io.Writer) (int64, error) {
			n, err := w.Write(whole.Bytes())
			return int64(n), errors.Join(failed, err)
		}}, nil
	}}
}

// releasedSnapshot is released otherwise than it should be.
type releasedSnapshot struct {
	sdk.Snapshot
	times int
}

func (s releasedSnapshot) Release() {
	for range s.times {
		s.Snapshot.Release()
	}
}

func releaseTwice() lie { return releasing(2) }
func releaseNever() lie { return releasing(0) }

func releasing(times int) lie {
	return lie{snapshot: func(ctx context.Context, sm sdk.StateMachine) (sdk.Snapshot, error) {
		s, err := sm.Snapshot(ctx)
		if err != nil {
			return nil, err
		}
		return releasedSnapshot{s, times}, nil
	}}
}

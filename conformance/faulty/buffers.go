package faulty

import (
	"context"
	"sync"

	"github.com/chronik-stream/metalog/sdk"
)

// buffers are defects of whose the bytes are: the caller's before, the host's
// after (R2).
func buffers() []Mutant {
	return []Mutant{
		{
			Name: "keep the caller's buffer", Defect: "it commits an entry of 1,000 bytes or more only when the next one comes, from the buffer of its caller",
			Caught: []string{"BYT-006"}, Spares: []string{"ORD", "PRP", "SNP-001", "CAP"}, lie: keepBuffer,
		},
		{
			Name: "reuse the host's buffer", Defect: "it reads the next entries into the buffer that it has given away",
			Caught: []string{"ORD-001", "PRP-001", "BYT-002"}, lie: reuseBuffer,
		},
	}
}

func keepBuffer() lie {
	const least = 1000
	var mu sync.Mutex
	var kept []byte
	return lie{propose: func(ctx context.Context, data []byte, inner sdk.Backend) error {
		mu.Lock()
		defer mu.Unlock()
		if kept != nil {
			if err := inner.Propose(context.WithoutCancel(ctx), kept); err != nil {
				return err
			}
			kept = nil
		}
		if len(data) >= least && len(data) <= sdk.MaxEntrySize {
			kept = data
			return nil
		}
		return inner.Propose(ctx, data)
	}}
}

func reuseBuffer() lie {
	var buffer []byte
	return lie{apply: func(ctx context.Context, entries []sdk.Entry, sm sdk.StateMachine) error {
		total := 0
		for _, e := range entries {
			total += len(e.Data)
		}
		if total > len(buffer) {
			buffer = make([]byte, 2*total)
		}
		rest := buffer
		for i := range entries {
			n := copy(rest, entries[i].Data)
			entries[i].Data, rest = rest[:n:n], rest[n:]
		}
		return sm.Apply(ctx, entries...)
	}}
}

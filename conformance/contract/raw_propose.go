package contract

import (
	"context"
	"fmt"

	"github.com/chronik-stream/metalog/sdk/backendpb"
)

// openProposals opens the stream of proposals and listens to it.
func (h *rawHost) openProposals() (err error) {
	if h.proposals, err = h.client.Propose(h.ctx); err != nil {
		return fmt.Errorf("opening the stream of proposals: %w", err)
	}
	stream := h.proposals
	h.listening.Go(func() { h.listenToReplies(stream) })
	return nil
}

// offer sends one proposal and doesn't wait.
func (h *rawHost) offer(id uint64, data string) error {
	if err := h.proposals.Send(&backendpb.ProposeRequest{Id: id, Data: []byte(data)}); err != nil {
		return fmt.Errorf("proposal %d: the stream of proposals ended: %w", id, err)
	}
	return nil
}

// offerMany sends proposals 1 to n, each with its data.
func (h *rawHost) offerMany(n int, data func(id uint64) string) error {
	for i := range n {
		if err := h.offer(uint64(i+1), data(uint64(i+1))); err != nil {
			return err
		}
	}
	return nil
}

// answered waits until proposals 1 to n are.
func (h *rawHost) answered(ctx context.Context, n int) error {
	var closed error
	err := h.await(ctx, fmt.Sprintf("the answers to all %d proposals", n), func() bool {
		closed = h.closed
		return len(h.replies) >= n || closed != nil
	})
	if err == nil && closed != nil {
		return fmt.Errorf("the stream of proposals ended: %w; %s", closed, h.describe())
	}
	return err
}

// delivered waits until n entries are.
func (h *rawHost) delivered(ctx context.Context, n int) error {
	return h.await(ctx, fmt.Sprintf("entry number %d", n), func() bool { return len(h.entries) >= n })
}

// offered proposes one entry and waits until it is committed and delivered.
func (h *rawHost) offered(ctx context.Context, id uint64, data string) error {
	if err := h.offer(id, data); err != nil {
		return err
	}
	err := h.await(ctx, fmt.Sprintf("proposal %d's answer and its entry", id), func() bool {
		_, answered := h.replies[id]
		return answered && (h.replies[id] != nil || h.count(data) > 0)
	})
	if err != nil {
		return err
	}
	return h.acknowledged(id)
}

// count is how often data was delivered. The lock is held.
func (h *heard) count(data string) int {
	n := 0
	for _, e := range h.entries {
		if string(e.Data) == data {
			n++
		}
	}
	return n
}

// allAcknowledged is nil if proposals 1 to n were answered as committed.
func (h *heard) allAcknowledged(n int) error {
	for i := range n {
		if err := h.acknowledged(uint64(i + 1)); err != nil {
			return err
		}
	}
	return nil
}

// acknowledged is nil if proposal id was answered as committed.
func (h *heard) acknowledged(id uint64) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if err := failed(h.replies[id]); err != nil {
		return fmt.Errorf("proposal %d failed: %w", id, err)
	}
	return nil
}

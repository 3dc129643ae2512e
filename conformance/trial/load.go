package trial

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"

	"github.com/chronik-stream/metalog/sdk"
)

// Offer is one proposal and what became of it.
type Offer struct {
	Data string
	Err  error // as Propose answered; nil: acknowledged
}

// Acknowledged reports whether it must be delivered.
func (o Offer) Acknowledged() bool { return o.Err == nil }

// Refused reports whether it may never be delivered (R8).
func (o Offer) Refused() bool { return o.Err != nil && errors.Is(o.Err, sdk.ErrNotAppended) }

// Offers is what was proposed in a case. Any number of goroutines may use it.
type Offers struct {
	mu  sync.Mutex
	all []Offer
}

// Propose offers data on session and notes what became of it, which it returns.
func (o *Offers) Propose(ctx context.Context, s *Session, data string) error {
	err := s.Propose(ctx, []byte(data))
	o.mu.Lock()
	defer o.mu.Unlock()
	o.all = append(o.all, Offer{data, err})
	return err
}

// All is what was offered, in the order of the answers.
func (o *Offers) All() []Offer {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.all[:len(o.all):len(o.all)]
}

// Load has writers propose n entries each, one after the other, all named by
// prefix. It returns the first error, which ends its writer.
func (o *Offers) Load(ctx context.Context, s *Session, prefix string, writers, n int) error {
	errs := make([]error, writers)
	var wg sync.WaitGroup
	for w := range writers {
		wg.Go(func() {
			for i := range n {
				if errs[w] = o.Propose(ctx, s, fmt.Sprintf("%s-%d-%d", prefix, w, i)); errs[w] != nil {
					return
				}
			}
		})
	}
	wg.Wait()
	return errors.Join(errs...)
}

// Acknowledged counts those that must be delivered.
func (o *Offers) Acknowledged() int {
	n := 0
	for _, offer := range o.All() {
		if offer.Acknowledged() {
			n++
		}
	}
	return n
}

// Settle waits until m has everything that was acknowledged, then Judge.
func (o *Offers) Settle(ctx context.Context, s *Stage, m *Machine) error {
	ctx, cancel := s.Within(ctx)
	defer cancel()
	want := map[string]bool{}
	for _, offer := range o.All() {
		if offer.Acknowledged() {
			want[offer.Data] = true
		}
	}
	seen := 0
	err := m.Await(ctx, fmt.Sprintf("the delivery of all %d acknowledged entries", len(want)), func() bool {
		entries := m.Entries()
		for ; seen < len(entries); seen++ {
			delete(want, string(entries[seen].Data))
		}
		return len(want) == 0
	})
	if err != nil && m.Err() == nil {
		return fmt.Errorf("%w; missing: %s", err, someOf(want))
	}
	return errors.Join(err, o.Judge(m))
}

func someOf(missing map[string]bool) string {
	least := ""
	for data := range missing {
		if least == "" || data < least {
			least = data
		}
	}
	return fmt.Sprintf("%d, %s among them", len(missing), Show([]byte(least)))
}

// Judge holds what m was given against what was offered: what was acknowledged is
// there, once; what was refused isn't; what is unknown is there at most once; and
// there is nothing else.
func (o *Offers) Judge(m *Machine) error {
	times := map[string]int{}
	for _, e := range m.Entries() {
		times[string(e.Data)]++
	}
	var errs []error
	for _, offer := range o.All() {
		n := times[offer.Data]
		delete(times, offer.Data)
		show := Show([]byte(offer.Data))
		switch {
		case offer.Acknowledged() && n == 0:
			errs = append(errs, fmt.Errorf("%s was acknowledged, and isn't there (R8)", show))
		case offer.Refused() && n > 0:
			errs = append(errs, fmt.Errorf("%s was answered NOT_APPENDED (%w), and was delivered (R8)", show, offer.Err))
		case n > 1:
			errs = append(errs, fmt.Errorf("%s was proposed once, and was delivered %d times (R8)", show, n))
		}
	}
	for _, data := range slices.Sorted(maps.Keys(times)) {
		errs = append(errs, fmt.Errorf("%s was delivered, and nobody proposed it (R2)", Show([]byte(data))))
	}
	if err := firstOf(errs); err != nil {
		return fmt.Errorf("node %s: %w", m.node, err)
	}
	return nil
}

// firstOf keeps a list of failures readable.
func firstOf(errs []error) error {
	const most = 3
	if len(errs) > most {
		errs = append(errs[:most:most], fmt.Errorf("and %d more", len(errs)-most))
	}
	return errors.Join(errs...)
}

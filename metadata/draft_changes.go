package metadata

import "slices"

// changed notes what the event that is being applied does to a record; nil for
// one that isn't there before, or afterwards.
func (d *Draft) changed(before, after Record) { d.changes = append(d.changes, Change{before, after}) }

// Changes are what the last event changed, by key: each record once, with what
// it was before the event and what it is after it; nil if nothing changed. The
// list is the caller's, the records are shared. Only the goroutine that owns the
// draft asks.
func (d *Draft) Changes() []Change {
	all := d.changes
	if d.was.cluster() != d.state.cluster() {
		before, after := d.was.cluster(), d.state.cluster()
		all = append(all, Change{&before, &after})
	}
	switch len(all) {
	case 0:
		return nil
	case 1:
		return []Change{all[0]}
	}
	return netChanges(all)
}

// netChanges sorts by key and leaves one change of each record.
func netChanges(all []Change) []Change {
	type keyed struct {
		key Key
		Change
	}
	sorted := make([]keyed, 0, len(all))
	for _, c := range all {
		sorted = append(sorted, keyed{c.Key(), c})
	}
	slices.SortStableFunc(sorted, func(a, b keyed) int { return a.key.Compare(b.key) })
	out := make([]Change, 0, len(sorted))
	for i := 0; i < len(sorted); {
		first := i
		for i < len(sorted) && sorted[i].key == sorted[first].key {
			i++
		}
		if c := (Change{sorted[first].Before, sorted[i-1].After}); c.Before != c.After {
			out = append(out, c)
		}
	}
	if len(out) == 0 {
		return nil
	}
	return out
}

// forgetChanges begins another event.
func (d *Draft) forgetChanges() {
	d.changes, d.was = d.changes[:0], d.state.scalars
}

func (s *scalars) cluster() ClusterRecord {
	return ClusterRecord{FeatureLevel: s.featureLevel, NextProducerID: int64(s.producerIDs)}
}

// Now is the time of the last event, as G4 gives it. Only the goroutine that
// owns the draft asks.
func (d *Draft) Now() int64 { return d.now }

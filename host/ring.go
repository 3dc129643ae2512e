package host

// ringSize is how far back a host remembers what it was delivered and what its
// state was (R7).
const ringSize = 65_536

// ring keeps a value for each of the last keys that were added. Keys strictly
// increase. Not safe for several goroutines.
type ring[V any] struct {
	size  int
	slots []slot[V] // grows up to size, then wraps
	first int       // the oldest slot
	base  uint64    // nothing is known of keys up to here
}

type slot[V any] struct {
	key   uint64
	value V
}

func newRing[V any](size int) *ring[V] { return &ring[V]{size: size} }

// add forgets the oldest key when the ring is full.
func (r *ring[V]) add(key uint64, value V) {
	if len(r.slots) < r.size {
		r.slots = append(r.slots, slot[V]{key, value})
		return
	}
	r.base = r.slots[r.first].key
	r.slots[r.first] = slot[V]{key, value}
	r.first = (r.first + 1) % r.size
}

func (r *ring[V]) get(key uint64) (value V, ok bool) {
	i := r.from(key)
	if i == len(r.slots) || r.at(i).key != key {
		return value, false
	}
	return r.at(i).value, true
}

// next is the smallest key above key.
func (r *ring[V]) next(key uint64) (uint64, bool) {
	i := r.from(key + 1)
	if i == len(r.slots) {
		return 0, false
	}
	return r.at(i).key, true
}

// reset forgets everything; base becomes the limit of what isn't known.
func (r *ring[V]) reset(base uint64) {
	r.slots, r.first, r.base = r.slots[:0], 0, base
}

// from counts the keys below key: the place, by age, of the first one not below.
func (r *ring[V]) from(key uint64) int {
	low, high := 0, len(r.slots)
	for low < high {
		mid := (low + high) / 2
		if r.at(mid).key < key {
			low = mid + 1
		} else {
			high = mid
		}
	}
	return low
}

func (r *ring[V]) at(age int) slot[V] { return r.slots[(r.first+age)%len(r.slots)] }

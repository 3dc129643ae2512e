package metadata

import (
	"iter"

	"github.com/tidwall/btree"
)

// table is one kind of record by key, sorted. A published table is read by
// anybody; only the apply goroutine may write to a copy of it, and the first
// write makes that copy.
type table[K ordered, V any] struct {
	tree    *btree.Map[K, V]
	private bool // tree belongs to the draft that holds this table
}

type ordered interface{ ~string | ~int32 | ~uint64 }

func newTable[K ordered, V any]() table[K, V] {
	return table[K, V]{tree: btree.NewMap[K, V](0)}
}

// shared is the table as another draft or a reader gets it.
func (t table[K, V]) shared() table[K, V] {
	t.private = false
	return t
}

func (t *table[K, V]) len() int { return t.tree.Len() }

// get returns the zero value if there is none.
func (t *table[K, V]) get(k K) V {
	v, _ := t.tree.Get(k)
	return v
}

func (t *table[K, V]) has(k K) bool {
	_, ok := t.tree.Get(k)
	return ok
}

// all goes through the table in key order.
func (t *table[K, V]) all() iter.Seq[V] {
	return func(yield func(V) bool) {
		t.tree.Scan(func(_ K, v V) bool { return yield(v) })
	}
}

func (t *table[K, V]) set(k K, v V) (old V, had bool) {
	t.own()
	return t.tree.Set(k, v)
}

func (t *table[K, V]) remove(k K) {
	t.own()
	t.tree.Delete(k)
}

// load is set for keys that mostly come in order.
func (t *table[K, V]) load(k K, v V) {
	t.own()
	t.tree.Load(k, v)
}

// own copies the tree unless that was done: O(1), the nodes follow as they are
// written to.
func (t *table[K, V]) own() {
	if !t.private {
		t.tree, t.private = t.tree.Copy(), true
	}
}

package peerport

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"sync"
)

// Known are the directories of the other nodes, as each was first met. A node
// that comes with another one has lost its disk: what it had acknowledged and
// voted is gone, so that it may not take part under its old name (R16). It is
// forgotten when it is removed from the cluster. Any goroutine may use it.
type Known struct {
	save func(Acquaintance) error // durably

	mu      sync.Mutex
	met     Acquaintance
	members []string // nil: not known yet
}

// Acquaintance is what is kept of them on disk, as JSON.
type Acquaintance struct {
	Directories map[string]string `json:"directories"` // by node
	// Forgotten is the index of the last configuration that nodes were forgotten
	// by. After a restart earlier ones come again.
	Forgotten uint64 `json:"forgotten"`
	// Numbers tell a member of that configuration from others that had its name before
	// or after; nil: nothing does.
	Numbers map[string]uint64 `json:"numbers,omitempty"`
}

// NewKnown takes what save stored last. save is durable when it returns; it is
// called for one change at a time, and Admit, SetMembers, SetNumbers and Reset wait
// for it.
func NewKnown(met Acquaintance, save func(Acquaintance) error) *Known {
	if met.Directories == nil {
		met.Directories = map[string]string{}
	}
	return &Known{save: save, met: met}
}

// Admit checks a node, and remembers it if it is a member that is met for the
// first time.
func (k *Known) Admit(node, directory string) *RefusedError {
	k.mu.Lock()
	defer k.mu.Unlock()
	had, met := k.met.Directories[node]
	switch {
	case met && had == directory:
		return nil
	case met:
		return &RefusedError{Replaced: true, Reason: fmt.Sprintf("node %q has another data directory than the one the cluster knows: "+
			"what it once acknowledged may be lost with its disk. Replace the member: metalog member remove %s, "+
			"metalog member add %s ADDRESS, then metalog init --join on an empty directory", node, node, node)}
	case k.members != nil && !slices.Contains(k.members, node):
		return nil // a stranger: what it may ask is decided later
	}
	next := maps.Clone(k.met.Directories)
	next[node] = directory
	if err := k.replace(Acquaintance{Directories: next, Forgotten: k.met.Forgotten, Numbers: k.met.Numbers}); err != nil {
		return &RefusedError{Reason: fmt.Sprintf("node %q can't be noted down: %v", node, err)}
	}
	return nil
}

// SetMembers says who belongs to the cluster by a committed configuration, and
// forgets everybody else. One that nodes were forgotten by before is history.
func (k *Known) SetMembers(index uint64, nodes []string) error {
	return k.set(index, nodes, nil)
}

// SetNumbers is SetMembers where a member has a number of its own. One that has another
// than before was replaced, though the configurations between weren't seen.
func (k *Known) SetNumbers(index uint64, numbers map[string]uint64) error {
	return k.set(index, slices.Collect(maps.Keys(numbers)), numbers)
}

func (k *Known) set(index uint64, nodes []string, numbers map[string]uint64) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	if index <= k.met.Forgotten {
		return nil
	}
	k.members = nodes
	next := maps.Clone(k.met.Directories)
	maps.DeleteFunc(next, func(node, _ string) bool {
		was, had := k.met.Numbers[node]
		return !slices.Contains(nodes, node) || had && was != numbers[node]
	})
	return k.replace(Acquaintance{Directories: next, Forgotten: index, Numbers: numbers})
}

// Expect says who may be met as a member, and forgets nobody: the configuration
// needn't be committed.
func (k *Known) Expect(nodes []string) {
	if len(nodes) == 0 {
		return
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	k.members = nodes
}

// Reset forgets everybody: a snapshot may hide that a member was replaced.
func (k *Known) Reset() error {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.replace(Acquaintance{Directories: map[string]string{}, Forgotten: k.met.Forgotten, Numbers: k.met.Numbers})
}

// replace stores what is known, unless it is the same. k.mu is held.
func (k *Known) replace(next Acquaintance) error {
	if reflect.DeepEqual(next, k.met) {
		return nil
	}
	if err := k.save(next); err != nil {
		return err
	}
	k.met = next
	return nil
}

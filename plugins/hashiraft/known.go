package hashiraft

import (
	"fmt"
	"maps"
	"slices"
	"sync"
)

// known are the directories of the other nodes, as each was first met. A node
// that comes with another one has lost its disk: what it had acknowledged and
// voted is gone, so that it may not take part under its old name (R16). It is
// forgotten when it is removed from the cluster. Any goroutine may use it.
type known struct {
	save func(directories map[string]string) error // durably

	mu          sync.Mutex
	directories map[string]string // by node
	members     []string          // nil: not known yet
}

func newKnown(directories map[string]string, save func(map[string]string) error) *known {
	return &known{save: save, directories: directories}
}

// admit checks a node, and remembers it if it is a member that is met for the
// first time.
func (k *known) admit(node, directory string) *refusedError {
	k.mu.Lock()
	defer k.mu.Unlock()
	had, met := k.directories[node]
	switch {
	case met && had == directory:
		return nil
	case met:
		return &refusedError{replaced: true, reason: fmt.Sprintf("node %q has another data directory than the one the cluster knows: "+
			"what it once acknowledged may be lost with its disk. Replace the member: metalog member remove %s, "+
			"metalog member add %s ADDRESS, then metalog init --join on an empty directory", node, node, node)}
	case k.members != nil && !slices.Contains(k.members, node):
		return nil // a stranger: what it may ask is decided later
	}
	next := maps.Clone(k.directories)
	next[node] = directory
	if err := k.replace(next); err != nil {
		return &refusedError{reason: fmt.Sprintf("node %q can't be noted down: %v", node, err)}
	}
	return nil
}

// setMembers says who belongs to the cluster, and forgets everybody else.
func (k *known) setMembers(nodes []string) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.members = nodes
	next := maps.Clone(k.directories)
	maps.DeleteFunc(next, func(node, _ string) bool { return !slices.Contains(nodes, node) })
	return k.replace(next)
}

// reset forgets everybody: a snapshot may hide that a member was replaced.
func (k *known) reset() error {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.replace(map[string]string{})
}

// replace stores other directories, unless they are the same. k.mu is held.
func (k *known) replace(next map[string]string) error {
	if maps.Equal(next, k.directories) {
		return nil
	}
	if err := k.save(next); err != nil {
		return err
	}
	k.directories = next
	return nil
}

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
	keep func(node, directory string) error // durably; an empty directory forgets

	mu          sync.Mutex
	directories map[string]string // by node
	members     []string          // nil: not known yet
}

func newKnown(directories map[string]string, keep func(node, directory string) error) *known {
	return &known{keep: keep, directories: directories}
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
	if err := k.keep(node, directory); err != nil {
		return &refusedError{reason: fmt.Sprintf("node %q can't be noted down: %v", node, err)}
	}
	k.directories[node] = directory
	return nil
}

// setMembers says who belongs to the cluster, and forgets everybody else.
func (k *known) setMembers(nodes []string) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.members = nodes
	for _, node := range slices.Sorted(maps.Keys(k.directories)) {
		if !slices.Contains(nodes, node) {
			if err := k.forget(node); err != nil {
				return err
			}
		}
	}
	return nil
}

// reset forgets everybody: a snapshot may hide that a member was replaced.
func (k *known) reset() error {
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, node := range slices.Sorted(maps.Keys(k.directories)) {
		if err := k.forget(node); err != nil {
			return err
		}
	}
	return nil
}

func (k *known) forget(node string) error {
	if err := k.keep(node, ""); err != nil {
		return err
	}
	delete(k.directories, node)
	return nil
}

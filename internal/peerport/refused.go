package peerport

import "fmt"

// RefusedError is what one side has against the other.
type RefusedError struct {
	By       string // the other's name; empty: this node refuses
	Reason   string
	Replaced bool // the refused node's name is another directory's
}

func (e *RefusedError) Error() string {
	if e.By == "" {
		return e.Reason
	}
	return fmt.Sprintf("node %s refuses: %s", e.By, e.Reason)
}

// Acquaintances say whether a node may be who it says. Any goroutine may ask.
type Acquaintances interface {
	// Admit returns what is against node, with the directory it has; nil: nothing.
	Admit(node, directory string) *RefusedError
}

package sdk

import "slices"

// Claim is one thing a backend says it can do. What isn't claimed must be
// absent, what is claimed is tested.
type Claim string

// Facts first, then abilities; each ability is an interface of one concern.
const (
	Durable    Claim = "durable"    // delivered entries survive SIGKILL and power loss (R3)
	Replicated Claim = "replicated" // entries reach every node; Propose works on each (R11)
	Snapshots  Claim = "snapshots"  // calls StateMachine.Snapshot and Restore

	CanReadBarrier Claim = "read_barrier" // ReadBarrierer
	CanTransfer    Claim = "transfer"     // Transferer
	CanMembership  Claim = "membership"   // Membership
	CanCompact     Claim = "compact"      // Compacter
	CanInspect     Claim = "inspect"      // Inspector
)

// Claims is a set of claims. A claim the reader doesn't know is ignored (R14).
type Claims []Claim

// Has reports whether c is claimed.
func (cs Claims) Has(c Claim) bool { return slices.Contains(cs, c) }

// Info describes a backend without opening it.
type Info struct {
	Name          string
	Version       string
	ProtocolMinor uint32
	DataFormat    uint32
	Claims        Claims
	PID           int    // of its process; 0: in this process
	SHA256        string // of its executable, in hex; empty: not known
}

// Informer is a backend that says what it is. Backends made by plugin.Serve's
// other end have it; an in-process backend without it claims nothing.
type Informer interface {
	Info() Info
}

// Claimed returns what b claims.
func Claimed(b Backend) Claims {
	if i, ok := b.(Informer); ok {
		return i.Info().Claims
	}
	return nil
}

// As returns b as the ability T if b both claims and has it. A proxy has every
// method, so only the claim says what stands behind it.
func As[T any](b Backend) (T, bool) {
	var zero T
	claim, needed := claimOf(any((*T)(nil)))
	if needed && !Claimed(b).Has(claim) {
		return zero, false
	}
	t, ok := b.(T)
	return t, ok
}

func claimOf(ability any) (claim Claim, needed bool) {
	switch ability.(type) {
	case *ReadBarrierer:
		return CanReadBarrier, true
	case *Transferer:
		return CanTransfer, true
	case *Membership:
		return CanMembership, true
	case *Compacter:
		return CanCompact, true
	case *Inspector:
		return CanInspect, true
	}
	return "", false
}

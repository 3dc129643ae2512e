package sdk

import "time"

// Status is a backend's view of itself and its cluster. It is a value: the
// receiver may keep it, and the sender doesn't change it afterwards.
type Status struct {
	ClusterID   string // whose data this is; Guard fills it in from IDENTITY
	CanPropose  bool   // a Propose here has a fair chance now
	Leader      string // node id; empty: none is known
	Health      Health
	Reason      string // why Health isn't OK; for people
	CommitIndex uint64
	StoredIndex uint64 // the highest index held durably here, committed or not (R7)
	Members     []Member
	Details     map[string]string // for display only: the one place for a library's own terms
}

// Health is a backend's opinion of itself.
type Health uint8

// A backend that has FAILED ends its session soon after saying so.
const (
	HealthOK Health = iota + 1
	HealthDegraded
	HealthFailed
)

func (h Health) String() string {
	switch h {
	case HealthOK:
		return "ok"
	case HealthDegraded:
		return "degraded"
	case HealthFailed:
		return "failed"
	default:
		return "unknown"
	}
}

// Member is a node of the cluster as the backend knows it.
type Member struct {
	NodeID      string
	Address     string
	Role        Role
	MatchIndex  uint64    // how far it is known to have stored; 0: not known here
	LastContact time.Time // zero: not known here
}

// Role is a member's part in elections.
type Role uint8

// A learner gets every entry and has no vote.
const (
	RoleVoter Role = iota + 1
	RoleLearner
)

func (r Role) String() string {
	switch r {
	case RoleVoter:
		return "voter"
	case RoleLearner:
		return "learner"
	default:
		return "unknown"
	}
}

package metadata

// GroupState is where a consumer group stands between its members.
type GroupState uint8

// A group that doesn't exist answers as a dead one does.
const (
	GroupEmpty GroupState = iota + 1
	GroupPreparingRebalance
	GroupCompletingRebalance
	GroupStable
	GroupDead
)

func (s GroupState) String() string {
	switch s {
	case GroupEmpty:
		return "empty"
	case GroupPreparingRebalance:
		return "preparing_rebalance"
	case GroupCompletingRebalance:
		return "completing_rebalance"
	case GroupStable:
		return "stable"
	case GroupDead:
		return "dead"
	default:
		return "unknown"
	}
}

// NoGeneration is the generation of a group that isn't there, and what a commit
// names that no member makes.
const NoGeneration int32 = -1

// Group is a consumer group. A published record never changes.
type Group struct {
	ID               string
	State            GroupState
	Generation       int32
	ProtocolType     string // empty: a simple group, which only has offsets
	ProtocolName     string
	Leader           string // member id; empty: none
	Members          []GroupMember
	StateMS          int64 // when State was entered, as G4 gives time
	CreatedRevision  uint64
	ModifiedRevision uint64
}

// GroupMember is a member as the group's coordinator knows it.
type GroupMember struct {
	ID         string
	InstanceID string   // of a static member; empty: none
	ClientID   string   // as it calls itself
	ClientHost string   // where it was seen
	Topics     []string // subscribed
	Metadata   []byte   // opaque
	Assignment []byte   // opaque
}

// GroupSpec replaces a group, if it still is as expected.
type GroupSpec struct {
	ID                 string
	ExpectedGeneration int32      // NoGeneration: there is none, or a dead one
	ExpectedState      GroupState // 0: whatever it is
	Generation         int32      // the present one, or one more
	State              GroupState
	ProtocolType       string
	ProtocolName       string
	Leader             string
	Members            []GroupMember
}

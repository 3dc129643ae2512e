package metadata

// BrokerState is whether a broker may lead and be in sync.
type BrokerState uint8

// Only BrokerUnfenced counts as unfenced: a broker in controlled shutdown leads
// nothing new.
const (
	BrokerFenced BrokerState = iota + 1
	BrokerUnfenced
	BrokerControlledShutdown
)

func (s BrokerState) String() string {
	switch s {
	case BrokerFenced:
		return "fenced"
	case BrokerUnfenced:
		return "unfenced"
	case BrokerControlledShutdown:
		return "controlled_shutdown"
	default:
		return "unknown"
	}
}

// Broker is a registered member of the streaming cluster. A published record
// never changes.
type Broker struct {
	ID               int32
	Incarnation      Incarnation
	Epoch            int64 // the revision of the registration
	State            BrokerState
	Endpoints        []Endpoint
	Rack             string
	RegisteredMS     int64 // Unix milliseconds, as G4 gives time
	UpdatedMS        int64
	CreatedRevision  uint64
	ModifiedRevision uint64
}

// Endpoint is an address that clients or brokers may dial.
type Endpoint struct {
	Name             string // of the listener
	Host             string
	Port             int32
	SecurityProtocol string
}

// BrokerSpec registers one start of a broker process.
type BrokerSpec struct {
	ID          int32
	Incarnation Incarnation
	Endpoints   []Endpoint
	Rack        string
}

// RegisteredBroker is what registering one answers.
type RegisteredBroker struct {
	Written
	Epoch int64
}

// BrokerStateSpec moves a broker into a state, if Epoch is still its own.
type BrokerStateSpec struct {
	ID    int32
	Epoch int64
	State BrokerState
}

// UnregisterSpec removes a broker.
type UnregisterSpec struct {
	ID    int32
	Epoch *int64 // nil: whatever it is
}

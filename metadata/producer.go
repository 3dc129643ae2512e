package metadata

// ProducerIDBlock is how many producer ids are handed out at once (P1).
const ProducerIDBlock = 1000

// NoBroker is who allocates producer ids while no broker is registered.
const NoBroker int32 = -1

// ProducerIDsSpec asks for a block of producer ids (P1).
type ProducerIDsSpec struct {
	Broker int32 // NoBroker while none is registered
	Epoch  int64 // the broker's
}

// ProducerIDs are ids that nobody else will ever get.
type ProducerIDs struct {
	Written
	First int64
	Count int32
}

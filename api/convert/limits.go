package convert

// Sizes of messages in bytes, on both sides of the API. An event has at most
// 1 MiB, and a request as text is no more than a few times as large.
const (
	MaxRequest  = 4 << 20
	MaxResponse = 64 << 20
)

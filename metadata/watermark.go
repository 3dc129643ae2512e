package metadata

// Watermark is a partition's high watermark under a leader epoch.
type Watermark struct {
	Topic         TopicID
	Partition     int32
	LeaderEpoch   int32
	HighWatermark int64
}

// PartitionOffsets are a partition's ends as a node knows them. The high
// watermark is the node's own (G14): what was set there, or what the last
// checkpoint and the segments say.
type PartitionOffsets struct {
	HighWatermark  int64
	LogStartOffset int64
	Known          bool // of the high watermark: false if nothing was ever set, checkpointed or stored
}

// LogStartSpec moves a partition's log start (W3).
type LogStartSpec struct {
	Topic     string
	Partition int32
	Offset    int64 // -1: the high watermark, as the node that takes the request knows it
}

// LogStart is what moving one answers.
type LogStart struct {
	Written
	Offset int64 // where the log starts now
}

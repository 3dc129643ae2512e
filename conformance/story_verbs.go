package conformance

import "context"

// verb is one command of the stories' language. It reads its words at once and
// is carried out later, or stands in a batch.
type verb struct {
	operation string // of the store; empty: the command is about the story itself
	write     func(s *teller, w *words) write
	read      func(s *teller, w *words) call // where it isn't a write
}

// call is a command that was read and can be carried out. Its text is the
// answer when there is no error, and goes with a refusal that says more.
type call func(ctx context.Context) (text string, err error)

// verbs is the stories' language: what docs and scripts may use.
var verbs = map[string]verb{
	"create-topic":      {operation: "CreateTopic", write: readCreateTopic},
	"delete-topic":      {operation: "DeleteTopic", write: readDeleteTopic},
	"alter-configs":     {operation: "AlterConfigs", write: readAlterConfigs},
	"create-partitions": {operation: "CreatePartitions", write: readCreatePartitions},
	"assign-partition":  {operation: "AssignPartition", write: readAssignPartition},
	"register-broker":   {operation: "RegisterBroker", write: readRegisterBroker},
	"set-broker":        {operation: "SetBrokerState", write: readSetBroker},
	"unregister-broker": {operation: "UnregisterBroker", write: readUnregisterBroker},

	"put-group":      {operation: "PutGroup", write: readPutGroup},
	"delete-group":   {operation: "DeleteGroup", write: readDeleteGroup},
	"commit-offsets": {operation: "CommitOffsets", write: readCommitOffsets},
	"delete-offsets": {operation: "DeleteOffsets", write: readDeleteOffsets},

	"allocate-producer-ids":      {operation: "AllocateProducerIDs", write: readAllocateProducerIDs},
	"init-producer":              {operation: "InitProducer", write: readInitProducer},
	"add-transaction-partitions": {operation: "AddTransactionPartitions", write: readAddTransactionPartitions},
	"add-transaction-offsets":    {operation: "AddTransactionOffsets", write: readAddTransactionOffsets},
	"commit-transaction-offsets": {operation: "CommitTransactionOffsets", write: readCommitTransactionOffsets},
	"prepare-transaction":        {operation: "PrepareTransaction", write: readPrepareTransaction},
	"complete-transaction":       {operation: "CompleteTransaction", write: readCompleteTransaction},

	"checkpoint-watermarks": {operation: "CheckpointWatermarks", write: readCheckpointWatermarks},
	"advance-log-start":     {operation: "AdvanceLogStart", write: readAdvanceLogStart},
	"put-segments":          {operation: "PutSegments", write: readPutSegments},
	"delete-segments":       {operation: "DeleteSegments", write: readDeleteSegments},

	"batch":             {operation: "Batch", write: readBatch},
	"settle":            {operation: "Settle", write: readSettle},
	"set-feature-level": {operation: "SetFeatureLevel", write: readSetFeatureLevel},
	"reset-clock":       {operation: "ResetClock", write: readResetClock},

	"topic":              {operation: "Topic", read: readTopic},
	"topic-by-id":        {operation: "TopicByID", read: readTopicByID},
	"topics":             {operation: "Topics", read: readTopics},
	"partition":          {operation: "Partition", read: readPartition},
	"partitions":         {operation: "Partitions", read: readPartitions},
	"leader":             {operation: "Leader", read: readLeader},
	"replicas":           {operation: "Replicas", read: readReplicas},
	"configs":            {operation: "Configs", read: readConfigs},
	"broker":             {operation: "Broker", read: readBroker},
	"brokers":            {operation: "Brokers", read: readBrokers},
	"group":              {operation: "Group", read: readGroup},
	"groups":             {operation: "Groups", read: readGroups},
	"fetch-offsets":      {operation: "FetchOffsets", read: readFetchOffsets},
	"transaction":        {operation: "Transaction", read: readTransaction},
	"transactions":       {operation: "Transactions", read: readTransactions},
	"set-high-watermark": {operation: "SetHighWatermark", read: readSetHighWatermark},
	"partition-offsets":  {operation: "PartitionOffsets", read: readPartitionOffsets},
	"segment":            {operation: "Segment", read: readSegment},
	"segments":           {operation: "Segments", read: readSegments},
	"segment-paths":      {operation: "SegmentPaths", read: readSegmentPaths},
	"outcome":            {operation: "Outcome", read: readOutcome},
	"feature-level":      {operation: "FeatureLevel", read: readFeatureLevel},

	"watch": {read: readWatch},

	"advance":  {read: readAdvance},
	"flood":    {read: readFlood},
	"fresh":    {read: readFresh},
	"repeat":   {read: readRepeat},
	"revision": {read: readRevision},
}

package convert

import (
	metalogv1 "github.com/chronik-stream/metalog/api/metalog/v1"
	"github.com/chronik-stream/metalog/metadata"
)

// allOperations are those that a batch may name, if only to be refused.
func allOperations() (rows []operationRow) {
	rows = []operationRow{
		operationOf(
			func(o *metadata.BatchOperation) **metadata.TopicSpec { return &o.CreateTopic },
			(*metalogv1.BatchOperation).GetCreateTopic,
			func(p *metalogv1.CreateTopicRequest) *metalogv1.BatchOperation {
				return &metalogv1.BatchOperation{Operation: &metalogv1.BatchOperation_CreateTopic{CreateTopic: p}}
			},
			plainly(CreateTopicRequest), TopicSpec,
		),
		operationOf(
			func(o *metadata.BatchOperation) **metadata.TopicRef { return &o.DeleteTopic },
			(*metalogv1.BatchOperation).GetDeleteTopic,
			func(p *metalogv1.DeleteTopicRequest) *metalogv1.BatchOperation {
				return &metalogv1.BatchOperation{Operation: &metalogv1.BatchOperation_DeleteTopic{DeleteTopic: p}}
			},
			plainly(DeleteTopicRequest), func(p *metalogv1.DeleteTopicRequest) (metadata.TopicRef, error) { return TopicRef(p) },
		),
		operationOf(
			func(o *metadata.BatchOperation) **metadata.ConfigSpec { return &o.AlterConfigs },
			(*metalogv1.BatchOperation).GetAlterConfigs,
			func(p *metalogv1.AlterConfigsRequest) *metalogv1.BatchOperation {
				return &metalogv1.BatchOperation{Operation: &metalogv1.BatchOperation_AlterConfigs{AlterConfigs: p}}
			},
			plainly(AlterConfigsRequest), always(ConfigSpec),
		),
		operationOf(
			func(o *metadata.BatchOperation) **metadata.PartitionsSpec { return &o.CreatePartitions },
			(*metalogv1.BatchOperation).GetCreatePartitions,
			func(p *metalogv1.CreatePartitionsRequest) *metalogv1.BatchOperation {
				return &metalogv1.BatchOperation{Operation: &metalogv1.BatchOperation_CreatePartitions{CreatePartitions: p}}
			},
			plainly(CreatePartitionsRequest), always(PartitionsSpec),
		),
		operationOf(
			func(o *metadata.BatchOperation) **metadata.AssignmentSpec { return &o.AssignPartition },
			(*metalogv1.BatchOperation).GetAssignPartition,
			func(p *metalogv1.AssignPartitionRequest) *metalogv1.BatchOperation {
				return &metalogv1.BatchOperation{Operation: &metalogv1.BatchOperation_AssignPartition{AssignPartition: p}}
			},
			plainly(AssignPartitionRequest), always(AssignmentSpec),
		),
		operationOf(
			func(o *metadata.BatchOperation) **metadata.BrokerSpec { return &o.RegisterBroker },
			(*metalogv1.BatchOperation).GetRegisterBroker,
			func(p *metalogv1.RegisterBrokerRequest) *metalogv1.BatchOperation {
				return &metalogv1.BatchOperation{Operation: &metalogv1.BatchOperation_RegisterBroker{RegisterBroker: p}}
			},
			plainly(RegisterBrokerRequest), BrokerSpec,
		),
		operationOf(
			func(o *metadata.BatchOperation) **metadata.BrokerStateSpec { return &o.SetBrokerState },
			(*metalogv1.BatchOperation).GetSetBrokerState,
			func(p *metalogv1.SetBrokerStateRequest) *metalogv1.BatchOperation {
				return &metalogv1.BatchOperation{Operation: &metalogv1.BatchOperation_SetBrokerState{SetBrokerState: p}}
			},
			plainly(SetBrokerStateRequest), always(BrokerStateSpec),
		),
		operationOf(
			func(o *metadata.BatchOperation) **metadata.UnregisterSpec { return &o.UnregisterBroker },
			(*metalogv1.BatchOperation).GetUnregisterBroker,
			func(p *metalogv1.UnregisterBrokerRequest) *metalogv1.BatchOperation {
				return &metalogv1.BatchOperation{Operation: &metalogv1.BatchOperation_UnregisterBroker{UnregisterBroker: p}}
			},
			plainly(UnregisterBrokerRequest), always(UnregisterSpec),
		),
		operationOf(
			func(o *metadata.BatchOperation) **metadata.GroupSpec { return &o.PutGroup },
			(*metalogv1.BatchOperation).GetPutGroup,
			func(p *metalogv1.PutGroupRequest) *metalogv1.BatchOperation {
				return &metalogv1.BatchOperation{Operation: &metalogv1.BatchOperation_PutGroup{PutGroup: p}}
			},
			plainly(PutGroupRequest), always(GroupSpec),
		),
		operationOf(
			func(o *metadata.BatchOperation) **metadata.OffsetsSpec { return &o.CommitOffsets },
			(*metalogv1.BatchOperation).GetCommitOffsets,
			func(p *metalogv1.CommitOffsetsRequest) *metalogv1.BatchOperation {
				return &metalogv1.BatchOperation{Operation: &metalogv1.BatchOperation_CommitOffsets{CommitOffsets: p}}
			},
			plainly(CommitOffsetsRequest), func(p *metalogv1.CommitOffsetsRequest) (metadata.OffsetsSpec, error) { return OffsetsSpec(p), nil },
		),
		operationOf(
			func(o *metadata.BatchOperation) **metadata.OffsetsRef { return &o.DeleteOffsets },
			(*metalogv1.BatchOperation).GetDeleteOffsets,
			func(p *metalogv1.DeleteOffsetsRequest) *metalogv1.BatchOperation {
				return &metalogv1.BatchOperation{Operation: &metalogv1.BatchOperation_DeleteOffsets{DeleteOffsets: p}}
			},
			plainly(DeleteOffsetsRequest), always(OffsetsRef),
		),
		operationOf(
			func(o *metadata.BatchOperation) **metadata.GroupRef { return &o.DeleteGroup },
			(*metalogv1.BatchOperation).GetDeleteGroup,
			func(p *metalogv1.DeleteGroupRequest) *metalogv1.BatchOperation {
				return &metalogv1.BatchOperation{Operation: &metalogv1.BatchOperation_DeleteGroup{DeleteGroup: p}}
			},
			func(g metadata.GroupRef) (*metalogv1.DeleteGroupRequest, error) {
				return DeleteGroupRequest(g.ID, noOptions), nil
			}, func(p *metalogv1.DeleteGroupRequest) (metadata.GroupRef, error) {
				return metadata.GroupRef{ID: p.GetGroup()}, nil
			},
		),
		operationOf(
			func(o *metadata.BatchOperation) **metadata.ProducerIDsSpec { return &o.AllocateProducerIDs },
			(*metalogv1.BatchOperation).GetAllocateProducerIds,
			func(p *metalogv1.AllocateProducerIDsRequest) *metalogv1.BatchOperation {
				return &metalogv1.BatchOperation{Operation: &metalogv1.BatchOperation_AllocateProducerIds{AllocateProducerIds: p}}
			},
			plainly(AllocateProducerIDsRequest), always(ProducerIDsSpec),
		),
		operationOf(
			func(o *metadata.BatchOperation) **metadata.InitProducerSpec { return &o.InitProducer },
			(*metalogv1.BatchOperation).GetInitProducer,
			func(p *metalogv1.InitProducerRequest) *metalogv1.BatchOperation {
				return &metalogv1.BatchOperation{Operation: &metalogv1.BatchOperation_InitProducer{InitProducer: p}}
			},
			plainly(InitProducerRequest), InitProducerSpec,
		),
		operationOf(
			func(o *metadata.BatchOperation) **metadata.TransactionPartitionsSpec {
				return &o.AddTransactionPartitions
			},
			(*metalogv1.BatchOperation).GetAddTransactionPartitions,
			func(p *metalogv1.AddTransactionPartitionsRequest) *metalogv1.BatchOperation {
				return &metalogv1.BatchOperation{Operation: &metalogv1.BatchOperation_AddTransactionPartitions{AddTransactionPartitions: p}}
			},
			plainly(AddTransactionPartitionsRequest), TransactionPartitionsSpec,
		),
		operationOf(
			func(o *metadata.BatchOperation) **metadata.TransactionGroupSpec { return &o.AddTransactionOffsets },
			(*metalogv1.BatchOperation).GetAddTransactionOffsets,
			func(p *metalogv1.AddTransactionOffsetsRequest) *metalogv1.BatchOperation {
				return &metalogv1.BatchOperation{Operation: &metalogv1.BatchOperation_AddTransactionOffsets{AddTransactionOffsets: p}}
			},
			plainly(AddTransactionOffsetsRequest), TransactionGroupSpec,
		),
		operationOf(
			func(o *metadata.BatchOperation) **metadata.TransactionOffsetsSpec { return &o.CommitTransactionOffsets },
			(*metalogv1.BatchOperation).GetCommitTransactionOffsets,
			func(p *metalogv1.CommitTransactionOffsetsRequest) *metalogv1.BatchOperation {
				return &metalogv1.BatchOperation{Operation: &metalogv1.BatchOperation_CommitTransactionOffsets{CommitTransactionOffsets: p}}
			},
			plainly(CommitTransactionOffsetsRequest), TransactionOffsetsSpec,
		),
		operationOf(
			func(o *metadata.BatchOperation) **metadata.PrepareSpec { return &o.PrepareTransaction },
			(*metalogv1.BatchOperation).GetPrepareTransaction,
			func(p *metalogv1.PrepareTransactionRequest) *metalogv1.BatchOperation {
				return &metalogv1.BatchOperation{Operation: &metalogv1.BatchOperation_PrepareTransaction{PrepareTransaction: p}}
			},
			plainly(PrepareTransactionRequest), PrepareSpec,
		),
		operationOf(
			func(o *metadata.BatchOperation) **metadata.ProducerRef { return &o.CompleteTransaction },
			(*metalogv1.BatchOperation).GetCompleteTransaction,
			func(p *metalogv1.CompleteTransactionRequest) *metalogv1.BatchOperation {
				return &metalogv1.BatchOperation{Operation: &metalogv1.BatchOperation_CompleteTransaction{CompleteTransaction: p}}
			},
			plainly(CompleteTransactionRequest), func(p *metalogv1.CompleteTransactionRequest) (metadata.ProducerRef, error) { return ProducerRef(p) },
		),
		operationOf(
			func(o *metadata.BatchOperation) **metadata.WatermarksSpec { return &o.CheckpointWatermarks },
			(*metalogv1.BatchOperation).GetCheckpointWatermarks,
			func(p *metalogv1.CheckpointWatermarksRequest) *metalogv1.BatchOperation {
				return &metalogv1.BatchOperation{Operation: &metalogv1.BatchOperation_CheckpointWatermarks{CheckpointWatermarks: p}}
			},
			plainly(CheckpointWatermarksRequest), WatermarksSpec,
		),
		operationOf(
			func(o *metadata.BatchOperation) **metadata.LogStartSpec { return &o.AdvanceLogStart },
			(*metalogv1.BatchOperation).GetAdvanceLogStart,
			func(p *metalogv1.AdvanceLogStartRequest) *metalogv1.BatchOperation {
				return &metalogv1.BatchOperation{Operation: &metalogv1.BatchOperation_AdvanceLogStart{AdvanceLogStart: p}}
			},
			plainly(AdvanceLogStartRequest), always(LogStartSpec),
		),
		operationOf(
			func(o *metadata.BatchOperation) **metadata.SegmentsSpec { return &o.PutSegments },
			(*metalogv1.BatchOperation).GetPutSegments,
			func(p *metalogv1.PutSegmentsRequest) *metalogv1.BatchOperation {
				return &metalogv1.BatchOperation{Operation: &metalogv1.BatchOperation_PutSegments{PutSegments: p}}
			},
			plainly(PutSegmentsRequest), SegmentsSpec,
		),
		operationOf(
			func(o *metadata.BatchOperation) **metadata.SegmentKeys { return &o.DeleteSegments },
			(*metalogv1.BatchOperation).GetDeleteSegments,
			func(p *metalogv1.DeleteSegmentsRequest) *metalogv1.BatchOperation {
				return &metalogv1.BatchOperation{Operation: &metalogv1.BatchOperation_DeleteSegments{DeleteSegments: p}}
			},
			plainly(DeleteSegmentsRequest), SegmentKeys,
		),
		operationOf(
			func(o *metadata.BatchOperation) **metadata.BatchSpec { return &o.Batch },
			(*metalogv1.BatchOperation).GetBatch,
			func(p *metalogv1.BatchRequest) *metalogv1.BatchOperation {
				return &metalogv1.BatchOperation{Operation: &metalogv1.BatchOperation_Batch{Batch: p}}
			},
			func(spec metadata.BatchSpec) (*metalogv1.BatchRequest, error) { return batchProto(rows, spec) },
			func(p *metalogv1.BatchRequest) (metadata.BatchSpec, error) { return batchSpec(rows, p) },
		),
		operationOf(
			func(o *metadata.BatchOperation) **metadata.SettleSpec { return &o.Settle },
			(*metalogv1.BatchOperation).GetSettle,
			func(p *metalogv1.SettleRequest) *metalogv1.BatchOperation {
				return &metalogv1.BatchOperation{Operation: &metalogv1.BatchOperation_Settle{Settle: p}}
			},
			plainly(SettleRequest), SettleSpec,
		),
		operationOf(
			func(o *metadata.BatchOperation) **metadata.FeatureLevelSpec { return &o.SetFeatureLevel },
			(*metalogv1.BatchOperation).GetSetFeatureLevel,
			func(p *metalogv1.SetFeatureLevelRequest) *metalogv1.BatchOperation {
				return &metalogv1.BatchOperation{Operation: &metalogv1.BatchOperation_SetFeatureLevel{SetFeatureLevel: p}}
			},
			plainly(SetFeatureLevelRequest), always(FeatureLevelSpec),
		),
		operationOf(
			func(o *metadata.BatchOperation) **metadata.ClockSpec { return &o.ResetClock },
			(*metalogv1.BatchOperation).GetResetClock,
			func(p *metalogv1.ResetClockRequest) *metalogv1.BatchOperation {
				return &metalogv1.BatchOperation{Operation: &metalogv1.BatchOperation_ResetClock{ResetClock: p}}
			},
			plainly(ResetClockRequest), always(ClockSpec),
		),
	}
	return rows
}

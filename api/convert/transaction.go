package convert

import (
	"errors"

	metalogv1 "github.com/chronik-stream/metalog/api/metalog/v1"
	"github.com/chronik-stream/metalog/metadata"
)

// TransactionProto is a transaction for the wire.
func TransactionProto(t *metadata.Transaction) *metalogv1.Transaction {
	return &metalogv1.Transaction{
		TransactionalId:    t.ID,
		ProducerId:         t.ProducerID,
		ProducerEpoch:      int32(t.Epoch),
		LastEpoch:          int32(t.LastEpoch),
		PreviousProducerId: t.PreviousProducer,
		State:              enumProto[metalogv1.TransactionState](t.State),
		TimeoutMs:          t.TimeoutMS,
		StartMs:            t.StartMS,
		UpdatedMs:          t.UpdatedMS,
		Partitions:         each(t.Partitions, partitionKeyProto),
		Groups:             t.Groups,
		CreatedRevision:    t.CreatedRevision,
		ModifiedRevision:   t.ModifiedRevision,
	}
}

// Transaction is a transaction from the wire.
func Transaction(p *metalogv1.Transaction) (*metadata.Transaction, error) {
	epoch, errEpoch := int16Of("producer_epoch", p.GetProducerEpoch())
	last, errLast := int16Of("last_epoch", p.GetLastEpoch())
	partitions, errPartitions := eachErr(p.GetPartitions(), partitionKey)
	return &metadata.Transaction{
		ID:               p.GetTransactionalId(),
		ProducerID:       p.GetProducerId(),
		Epoch:            epoch,
		LastEpoch:        last,
		PreviousProducer: p.GetPreviousProducerId(),
		State:            enumPlain[metadata.TransactionState](p.GetState()),
		TimeoutMS:        p.GetTimeoutMs(),
		StartMS:          p.GetStartMs(),
		UpdatedMS:        p.GetUpdatedMs(),
		Partitions:       partitions,
		Groups:           p.GetGroups(),
		CreatedRevision:  p.GetCreatedRevision(),
		ModifiedRevision: p.GetModifiedRevision(),
	}, errors.Join(errEpoch, errLast, errPartitions)
}

// Transactions stops at the first transaction that can't be read.
func Transactions(ps []*metalogv1.Transaction) ([]*metadata.Transaction, error) {
	return eachErr(ps, Transaction)
}

func partitionKeyProto(k metadata.PartitionKey) *metalogv1.PartitionKey {
	return &metalogv1.PartitionKey{TopicId: idText(k.Topic), Partition: k.Partition}
}

func partitionKey(p *metalogv1.PartitionKey) (metadata.PartitionKey, error) {
	id, err := topicID("topic_id", p.GetTopicId())
	return metadata.PartitionKey{Topic: id, Partition: p.GetPartition()}, err
}

func marksProto(m *metadata.Marks) *metalogv1.Marks {
	if m == nil {
		return nil
	}
	return &metalogv1.Marks{Partitions: each(m.Partitions, partitionKeyProto), Groups: m.Groups}
}

func marks(p *metalogv1.Marks) (*metadata.Marks, error) {
	if p == nil {
		return nil, nil
	}
	partitions, err := eachErr(p.GetPartitions(), partitionKey)
	return &metadata.Marks{Partitions: partitions, Groups: p.GetGroups()}, err
}

// sureMarks takes no marks for empty ones.
func sureMarks(p *metalogv1.Marks) (metadata.Marks, error) {
	m, err := marks(p)
	if m == nil {
		return metadata.Marks{}, err
	}
	return *m, err
}

// AllocateProducerIDsRequest asks for a block of ids.
func AllocateProducerIDsRequest(spec metadata.ProducerIDsSpec, o metadata.WriteOptions) *metalogv1.AllocateProducerIDsRequest {
	return &metalogv1.AllocateProducerIDsRequest{BrokerId: spec.Broker, BrokerEpoch: spec.Epoch, Options: WriteOptionsProto(o)}
}

// ProducerIDsSpec is who asks for a block of ids.
func ProducerIDsSpec(p *metalogv1.AllocateProducerIDsRequest) metadata.ProducerIDsSpec {
	return metadata.ProducerIDsSpec{Broker: p.GetBrokerId(), Epoch: p.GetBrokerEpoch()}
}

// AllocateProducerIDsResponse answers with a block of ids.
func AllocateProducerIDsResponse(ids metadata.ProducerIDs) *metalogv1.AllocateProducerIDsResponse {
	return &metalogv1.AllocateProducerIDsResponse{Written: WrittenProto(ids.Written), First: ids.First, Count: ids.Count}
}

// ProducerIDs reads a block of ids.
func ProducerIDs(p *metalogv1.AllocateProducerIDsResponse) (metadata.ProducerIDs, error) {
	w, err := Written(p.GetWritten())
	return metadata.ProducerIDs{Written: w, First: p.GetFirst(), Count: p.GetCount()}, err
}

// InitProducerRequest asks for the producer of spec.
func InitProducerRequest(spec metadata.InitProducerSpec, o metadata.WriteOptions) *metalogv1.InitProducerRequest {
	epoch := int32(spec.ExpectedEpoch)
	return &metalogv1.InitProducerRequest{
		TransactionalId:    spec.TransactionalID,
		TimeoutMs:          spec.TimeoutMS,
		ExpectedProducerId: &spec.ExpectedProducerID,
		ExpectedEpoch:      &epoch,
		Options:            WriteOptionsProto(o),
	}
}

// InitProducerSpec takes what is absent for nothing that is expected.
func InitProducerSpec(p *metalogv1.InitProducerRequest) (metadata.InitProducerSpec, error) {
	spec := metadata.InitProducerSpec{
		TransactionalID: p.GetTransactionalId(), TimeoutMS: p.GetTimeoutMs(),
		ExpectedProducerID: metadata.NoProducer, ExpectedEpoch: metadata.NoEpoch,
	}
	if p.ExpectedProducerId != nil {
		spec.ExpectedProducerID = p.GetExpectedProducerId()
	}
	var err error
	if p.ExpectedEpoch != nil {
		spec.ExpectedEpoch, err = int16Of("expected_epoch", p.GetExpectedEpoch())
	}
	return spec, err
}

// InitProducerResponse answers an initialization, be it with a refusal.
func InitProducerResponse(a Answered[metadata.InitializedProducer]) *metalogv1.InitProducerResponse {
	return &metalogv1.InitProducerResponse{
		Written:       WrittenProto(a.Value.Written),
		ProducerId:    a.Value.ProducerID,
		ProducerEpoch: int32(a.Value.Epoch),
		Marks:         marksProto(&a.Value.Marks),
		Refusal:       refusalProto(a.Refusal),
	}
}

// InitializedProducer reads the answer to an initialization.
func InitializedProducer(p *metalogv1.InitProducerResponse) (Answered[metadata.InitializedProducer], error) {
	w, err := Written(p.GetWritten())
	epoch, errEpoch := int16Of("producer_epoch", p.GetProducerEpoch())
	m, errMarks := sureMarks(p.GetMarks())
	refused, errRefusal := refusal(p.GetRefusal())
	return Answered[metadata.InitializedProducer]{
		Value:   metadata.InitializedProducer{Written: w, ProducerID: p.GetProducerId(), Epoch: epoch, Marks: m},
		Refusal: refused,
	}, errors.Join(err, errEpoch, errMarks, errRefusal)
}

// ProducerRef is the producer that makes a request.
func ProducerRef(p interface {
	GetTransactionalId() string
	GetProducerId() int64
	GetProducerEpoch() int32
},
) (metadata.ProducerRef, error) {
	epoch, err := int16Of("producer_epoch", p.GetProducerEpoch())
	return metadata.ProducerRef{TransactionalID: p.GetTransactionalId(), ProducerID: p.GetProducerId(), Epoch: epoch}, err
}

// AddTransactionPartitionsRequest asks to add partitions.
func AddTransactionPartitionsRequest(spec metadata.TransactionPartitionsSpec, o metadata.WriteOptions) *metalogv1.AddTransactionPartitionsRequest {
	return &metalogv1.AddTransactionPartitionsRequest{
		TransactionalId: spec.TransactionalID,
		ProducerId:      spec.ProducerID,
		ProducerEpoch:   int32(spec.Epoch),
		Partitions:      each(spec.Partitions, topicPartitionProto),
		Options:         WriteOptionsProto(o),
	}
}

// TransactionPartitionsSpec is what a request asks to add.
func TransactionPartitionsSpec(p *metalogv1.AddTransactionPartitionsRequest) (metadata.TransactionPartitionsSpec, error) {
	ref, err := ProducerRef(p)
	return metadata.TransactionPartitionsSpec{ProducerRef: ref, Partitions: each(p.GetPartitions(), topicPartition)}, err
}

// AddTransactionOffsetsRequest asks to add a group.
func AddTransactionOffsetsRequest(spec metadata.TransactionGroupSpec, o metadata.WriteOptions) *metalogv1.AddTransactionOffsetsRequest {
	return &metalogv1.AddTransactionOffsetsRequest{
		TransactionalId: spec.TransactionalID,
		ProducerId:      spec.ProducerID,
		ProducerEpoch:   int32(spec.Epoch),
		Group:           spec.Group,
		Options:         WriteOptionsProto(o),
	}
}

// TransactionGroupSpec is what a request asks to add.
func TransactionGroupSpec(p *metalogv1.AddTransactionOffsetsRequest) (metadata.TransactionGroupSpec, error) {
	ref, err := ProducerRef(p)
	return metadata.TransactionGroupSpec{ProducerRef: ref, Group: p.GetGroup()}, err
}

// CommitTransactionOffsetsRequest asks for the commit of spec.
func CommitTransactionOffsetsRequest(spec metadata.TransactionOffsetsSpec, o metadata.WriteOptions) *metalogv1.CommitTransactionOffsetsRequest {
	return &metalogv1.CommitTransactionOffsetsRequest{
		TransactionalId: spec.TransactionalID,
		ProducerId:      spec.ProducerID,
		ProducerEpoch:   int32(spec.Epoch),
		Group:           spec.Group,
		Generation:      spec.Generation,
		MemberId:        spec.MemberID,
		InstanceId:      spec.InstanceID,
		Offsets:         each(spec.Offsets, offsetCommitProto),
		Options:         WriteOptionsProto(o),
	}
}

// TransactionOffsetsSpec is the commit that a request asks for.
func TransactionOffsetsSpec(p *metalogv1.CommitTransactionOffsetsRequest) (metadata.TransactionOffsetsSpec, error) {
	ref, err := ProducerRef(p)
	return metadata.TransactionOffsetsSpec{ProducerRef: ref, OffsetsSpec: OffsetsSpec(p)}, err
}

// PrepareTransactionRequest asks for an end.
func PrepareTransactionRequest(spec metadata.PrepareSpec, o metadata.WriteOptions) *metalogv1.PrepareTransactionRequest {
	return &metalogv1.PrepareTransactionRequest{
		TransactionalId: spec.TransactionalID,
		ProducerId:      spec.ProducerID,
		ProducerEpoch:   int32(spec.Epoch),
		Commit:          spec.Commit,
		Options:         WriteOptionsProto(o),
	}
}

// PrepareSpec is the end that a request asks for.
func PrepareSpec(p *metalogv1.PrepareTransactionRequest) (metadata.PrepareSpec, error) {
	ref, err := ProducerRef(p)
	return metadata.PrepareSpec{ProducerRef: ref, Commit: p.GetCommit()}, err
}

// PrepareTransactionResponse answers with what is to be marked.
func PrepareTransactionResponse(t metadata.PreparedTransaction) *metalogv1.PrepareTransactionResponse {
	return &metalogv1.PrepareTransactionResponse{Written: WrittenProto(t.Written), Marks: marksProto(&t.Marks)}
}

// PreparedTransaction reads what is to be marked.
func PreparedTransaction(p *metalogv1.PrepareTransactionResponse) (metadata.PreparedTransaction, error) {
	w, err := Written(p.GetWritten())
	m, errMarks := sureMarks(p.GetMarks())
	return metadata.PreparedTransaction{Written: w, Marks: m}, errors.Join(err, errMarks)
}

// CompleteTransactionRequest says that everything is marked.
func CompleteTransactionRequest(ref metadata.ProducerRef, o metadata.WriteOptions) *metalogv1.CompleteTransactionRequest {
	return &metalogv1.CompleteTransactionRequest{
		TransactionalId: ref.TransactionalID, ProducerId: ref.ProducerID, ProducerEpoch: int32(ref.Epoch),
		Options: WriteOptionsProto(o),
	}
}

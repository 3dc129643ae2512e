package conformance

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/chronik-stream/metalog/metadata"
)

// allocate-producer-ids [broker=B] [epoch=E]
func readAllocateProducerIDs(s *teller, w *words) write {
	spec := metadata.ProducerIDsSpec{
		Broker: int32(w.number("broker", int64(metadata.NoBroker))),
		Epoch:  w.number("epoch", 0),
	}
	return write{
		held: metadata.BatchOperation{AllocateProducerIDs: &spec},
		do: func(ctx context.Context, opts []metadata.WriteOption) (metadata.Written, metadata.Response, error) {
			got, err := s.target.Store.AllocateProducerIDs(ctx, spec, opts...)
			if err == nil && got.Count != metadata.ProducerIDBlock && !metadata.NewWriteOptions(opts).ValidateOnly {
				err = fmt.Errorf("a block of producer ids has %d, not %d", got.Count, metadata.ProducerIDBlock)
			}
			return got.Written, metadata.Response{ProducerID: got.First}, err
		},
	}
}

// init-producer TXN [timeout=MS] [expect=PID:EPOCH]
func readInitProducer(s *teller, w *words) write {
	spec := metadata.InitProducerSpec{
		TimeoutMS:          int32(w.number("timeout", 60_000)),
		ExpectedProducerID: metadata.NoProducer,
		ExpectedEpoch:      metadata.NoEpoch,
	}
	if text, ok := w.optional("expect"); ok {
		spec.ExpectedProducerID, spec.ExpectedEpoch = w.producer(text)
	}
	spec.TransactionalID = w.value(w.next())
	return write{
		held: metadata.BatchOperation{InitProducer: &spec},
		do: func(ctx context.Context, opts []metadata.WriteOption) (metadata.Written, metadata.Response, error) {
			got, err := s.target.Store.InitProducer(ctx, spec, opts...)
			response := metadata.Response{ProducerID: got.ProducerID, ProducerEpoch: got.Epoch}
			if err != nil && got.Epoch > 0 {
				response.Marks = &got.Marks
			}
			return got.Written, response, err
		},
	}
}

// producer reads PID:EPOCH.
func (w *words) producer(text string) (pid int64, epoch int16) {
	id, e, _ := strings.Cut(text, ":")
	return w.parse(id), int16(w.parse(e))
}

// producerRef reads TXN PID:EPOCH.
func (w *words) producerRef() metadata.ProducerRef {
	ref := metadata.ProducerRef{TransactionalID: w.value(w.next())}
	ref.ProducerID, ref.Epoch = w.producer(w.next())
	return ref
}

// add-transaction-partitions TXN PID:EPOCH TOPIC/P...
func readAddTransactionPartitions(s *teller, w *words) write {
	spec := metadata.TransactionPartitionsSpec{ProducerRef: w.producerRef(), Partitions: w.allTopicPartitions()}
	return write{
		held:  metadata.BatchOperation{AddTransactionPartitions: &spec},
		items: len(spec.Partitions),
		do: func(ctx context.Context, opts []metadata.WriteOption) (metadata.Written, metadata.Response, error) {
			return committed(s.target.Store.AddTransactionPartitions(ctx, spec, opts...))
		},
	}
}

// add-transaction-offsets TXN PID:EPOCH GROUP
func readAddTransactionOffsets(s *teller, w *words) write {
	spec := metadata.TransactionGroupSpec{ProducerRef: w.producerRef(), Group: w.value(w.next())}
	return write{
		held: metadata.BatchOperation{AddTransactionOffsets: &spec},
		do: func(ctx context.Context, opts []metadata.WriteOption) (metadata.Written, metadata.Response, error) {
			return plain(s.target.Store.AddTransactionOffsets(ctx, spec, opts...))
		},
	}
}

// commit-transaction-offsets TXN PID:EPOCH and the words of commit-offsets
func readCommitTransactionOffsets(s *teller, w *words) write {
	spec := metadata.TransactionOffsetsSpec{ProducerRef: w.producerRef()}
	spec.OffsetsSpec = w.offsets()
	return write{
		held:  metadata.BatchOperation{CommitTransactionOffsets: &spec},
		items: len(spec.Offsets),
		do: func(ctx context.Context, opts []metadata.WriteOption) (metadata.Written, metadata.Response, error) {
			return committed(s.target.Store.CommitTransactionOffsets(ctx, spec, opts...))
		},
	}
}

// prepare-transaction TXN PID:EPOCH commit|abort
func readPrepareTransaction(s *teller, w *words) write {
	spec := metadata.PrepareSpec{ProducerRef: w.producerRef(), Commit: w.flag("commit")}
	if !spec.Commit && !w.flag("abort") {
		w.fail("%s wants commit or abort", w.name)
	}
	return write{
		held: metadata.BatchOperation{PrepareTransaction: &spec},
		do: func(ctx context.Context, opts []metadata.WriteOption) (metadata.Written, metadata.Response, error) {
			got, err := s.target.Store.PrepareTransaction(ctx, spec, opts...)
			if err != nil {
				return got.Written, metadata.Response{}, err
			}
			return got.Written, metadata.Response{Marks: &got.Marks}, nil
		},
	}
}

// complete-transaction TXN PID:EPOCH
func readCompleteTransaction(s *teller, w *words) write {
	ref := w.producerRef()
	return write{
		held: metadata.BatchOperation{CompleteTransaction: &ref},
		do: func(ctx context.Context, opts []metadata.WriteOption) (metadata.Written, metadata.Response, error) {
			return plain(s.target.Store.CompleteTransaction(ctx, ref, opts...))
		},
	}
}

func readTransaction(s *teller, w *words) call {
	id := w.next()
	return func(ctx context.Context) (string, error) {
		got, err := s.target.Store.Transaction(ctx, id)
		return shown(got, err, showTransaction)
	}
}

func readTransactions(s *teller, _ *words) call {
	return func(ctx context.Context) (string, error) {
		got, err := s.target.Store.Transactions(ctx)
		return shown(got, err, listed("transactions", showTransaction))
	}
}

func showTransaction(t *metadata.Transaction) string {
	var out strings.Builder
	fmt.Fprintf(&out, "%s %s pid=%d:%d last=%s previous=%s timeout=%s", showValue(t.ID), t.State, t.ProducerID, t.Epoch,
		showNumber(int64(t.LastEpoch)), showNumber(t.PreviousProducer), time.Duration(t.TimeoutMS)*time.Millisecond)
	if t.StartMS != 0 {
		fmt.Fprintf(&out, " start=%s", showTime(t.StartMS))
	}
	if len(t.Partitions)+len(t.Groups) > 0 {
		fmt.Fprintf(&out, " partitions=%s groups=%s", showPartitionKeys(t.Partitions), showNames(t.Groups))
	}
	fmt.Fprintf(&out, " updated=%s created=@%d @%d", showTime(t.UpdatedMS), t.CreatedRevision, t.ModifiedRevision)
	return out.String()
}

// showNumber writes none for -1.
func showNumber(n int64) string {
	if n == -1 {
		return "none"
	}
	return strconv.FormatInt(n, 10)
}

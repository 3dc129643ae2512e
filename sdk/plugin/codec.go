package plugin

import (
	"fmt"

	"google.golang.org/grpc/mem"
	"google.golang.org/protobuf/proto"
)

// codec is gRPC's own for protobuf but for its buffers: gRPC's next size above
// 32 KiB is 1 MiB, and it zeroes all of that for a message of 33. A host's groups
// are of that size: with a step for each power of two, an entry of 64 KiB takes
// a quarter less time.
type codec struct{ pool mem.BufferPool }

// The sizes are from 1 KiB to 2 MiB: the largest entry and what goes with it.
func newCodec() codec {
	pool, err := mem.NewBinaryTieredBufferPool(10, 12, 14, 15, 16, 17, 18, 19, 20, 21)
	if err != nil {
		pool = mem.DefaultBufferPool() // on a machine with words of less than 32 bits
	}
	return codec{pool: pool}
}

func (codec) Name() string { return "proto" }

func (c codec) Marshal(v any) (mem.BufferSlice, error) {
	m, ok := v.(proto.Message)
	if !ok {
		return nil, fmt.Errorf("%T is not a message of the wire", v)
	}
	size := proto.Size(m)
	opts := proto.MarshalOptions{UseCachedSize: true}
	if mem.IsBelowBufferPoolingThreshold(size) {
		b, err := opts.Marshal(m)
		return mem.BufferSlice{mem.SliceBuffer(b)}, err
	}
	buf := c.pool.Get(size)
	if _, err := opts.MarshalAppend((*buf)[:0], m); err != nil {
		c.pool.Put(buf)
		return nil, err
	}
	return mem.BufferSlice{mem.NewBuffer(buf, c.pool)}, nil
}

func (c codec) Unmarshal(data mem.BufferSlice, v any) error {
	m, ok := v.(proto.Message)
	if !ok {
		return fmt.Errorf("%T is not a message of the wire", v)
	}
	whole := data.MaterializeToBuffer(c.pool)
	defer whole.Free()
	return proto.Unmarshal(whole.ReadOnlyData(), m)
}

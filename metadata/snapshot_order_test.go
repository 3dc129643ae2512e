package metadata_test

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/chronik-stream/metalog/metadata"
)

// The tags of the items in a snapshot, which are durable.
const (
	itemTopic     = 1
	itemPartition = 2
	itemBroker    = 3
	itemConfig    = 4
	itemRequest   = 5
)

// items takes a snapshot apart, framed puts one together: what is between has
// good checksums, so that only its sense can be wrong.
func items(t *testing.T, b []byte) [][]byte {
	t.Helper()
	var stream []byte
	for len(b) > 0 {
		n := binary.BigEndian.Uint32(b)
		stream = append(stream, b[8:8+n]...)
		b = b[8+n:]
	}
	var out [][]byte
	for len(stream) > 0 {
		size, n := binary.Uvarint(stream)
		require.Positive(t, n)
		out = append(out, stream[n:n+int(size)])
		stream = stream[n+int(size):]
	}
	return out
}

func framed(items [][]byte) []byte {
	var stream []byte
	for _, item := range items {
		stream = append(binary.AppendUvarint(stream, uint64(len(item))), item...)
	}
	head := binary.BigEndian.AppendUint32(nil, uint32(len(stream)))
	head = binary.BigEndian.AppendUint32(head, crc32.Checksum(stream, crc32.MakeTable(crc32.Castagnoli)))
	return append(head, stream...)
}

func first(t *testing.T, all [][]byte, tag byte) int {
	t.Helper()
	i := slices.IndexFunc(all, func(item []byte) bool { return item[0] == tag && len(item) > 2 })
	require.GreaterOrEqual(t, i, 0)
	return i
}

func swapNext(i int) func([][]byte) [][]byte {
	return func(all [][]byte) [][]byte {
		all[i], all[i+1] = all[i+1], all[i]
		return all
	}
}

func TestASnapshotThatMakesNoSenseIsRefused(t *testing.T) {
	good := items(t, snapshot(t, goldenState(t)))
	require.Equal(t, snapshot(t, goldenState(t)), framed(good))
	topic, partition := first(t, good, itemTopic), first(t, good, itemPartition)
	broker, config, request := first(t, good, itemBroker), first(t, good, itemConfig), first(t, good, itemRequest)
	last := len(good) - 1

	drop := func(i int) func([][]byte) [][]byte {
		return func(all [][]byte) [][]byte { return slices.Delete(all, i, i+1) }
	}
	twice := func(i int) func([][]byte) [][]byte {
		return func(all [][]byte) [][]byte { return slices.Insert(all, i, all[i]) }
	}
	grow := func(i int) func([][]byte) [][]byte {
		return func(all [][]byte) [][]byte {
			all[i] = append(bytes.Clone(all[i]), 0)
			return all
		}
	}
	patch := func(i, at int, b byte) func([][]byte) [][]byte {
		return func(all [][]byte) [][]byte {
			all[i] = bytes.Clone(all[i])
			all[i][at] = b
			return all
		}
	}
	tests := []struct {
		name   string
		change func([][]byte) [][]byte
		want   string
	}{
		{"no header", drop(0), "isn't a snapshot"},
		{"another magic", patch(0, 3, 'x'), "isn't a snapshot"},
		{"format 0", patch(0, 9, 0), "isn't a snapshot"},
		{"a newer format", patch(0, 9, 2), "upgrade"},
		{"a newer digest", patch(0, 10, 2), "upgrade"},
		{"a long header", grow(0), "follows its end"},
		{"a topic twice", twice(topic), "all its partitions"},
		{"a topic missing", drop(topic), "out of order"},
		{"a topic after its partition", swapNext(topic), "out of order"},
		{"the first partition missing", drop(partition), "out of order"},
		{"a partition twice", twice(partition), "out of order"},
		{"a broker twice", twice(broker), "out of order"},
		{"a broker missing", drop(broker), "digest"},
		{"a configuration twice", twice(config), "out of order"},
		{"a configuration before the brokers", func(all [][]byte) [][]byte {
			return slices.Insert(slices.Delete(all, config, config+1), broker, good[config])
		}, "out of order"},
		{"an answer twice", twice(request), "answers"},
		{"an answer missing", drop(request), "answers"},
		{"the last answer missing", drop(last - 1), "answers"},
		{"answers swapped", swapNext(request), "answers"},
		{"an unknown kind", func(all [][]byte) [][]byte { return slices.Insert(all, last, []byte{11, 0}) }, "unknown kind"},
		{"an empty item", func(all [][]byte) [][]byte { return slices.Insert(all, last, []byte{}) }, "shortest form"},
		{"a topic with something behind", grow(topic), "follows its end"},
		{"a partition with something behind", grow(partition), "follows its end"},
		{"a broker with something behind", grow(broker), "follows its end"},
		{"a configuration with something behind", grow(config), "follows its end"},
		{"an answer with something behind", grow(request), "follows its end"},
		{"another digest", func(all [][]byte) [][]byte {
			all[last] = bytes.Clone(all[last])
			all[last][len(all[last])-1] ^= 1
			return all
		}, "digest isn't"},
		{"a long end", grow(last), "follows its end"},
		{"something behind the end", func(all [][]byte) [][]byte { return append(all, []byte{1}) }, "follows its end"},
		{"no end", drop(last), "ends too early"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			bad := framed(tt.change(slices.Clone(good)))
			_, err := metadata.ReadState(bytes.NewReader(bad))
			require.ErrorContains(t, err, tt.want)
		})
	}
}

// A record has one encoding: nothing shorter, longer or otherwise different is
// taken for the same.
func TestRecordsHaveOneForm(t *testing.T) {
	for _, record := range append(goldenState(t).Records(), wholeState(t).Records()...) {
		again, err := metadata.Recode(record)
		require.NoError(t, err)
		require.Equal(t, record, again)
		for n := range record {
			_, err := metadata.Recode(record[:n])
			require.Error(t, err, "%x cut to %d bytes", record, n)
		}
		_, err = metadata.Recode(append(bytes.Clone(record), 0))
		require.Error(t, err)
		for i := range record {
			for bit := range 8 {
				bad := bytes.Clone(record)
				bad[i] ^= 1 << bit
				if again, err := metadata.Recode(bad); err == nil {
					require.Equal(t, bad, again)
				}
			}
		}
	}
}

func TestPartitionsKeepEveryField(t *testing.T) {
	p := &metadata.Partition{
		Topic: topicID(1), Index: 1 << 30, Leader: metadata.NoLeader, LeaderEpoch: -1, PartitionEpoch: 1<<31 - 1,
		Replicas: []int32{1, 2, -3}, ISR: []int32{2},
		Reassignment:  &metadata.Reassignment{Adding: []int32{4}, Removing: []int32{1, 2}},
		HighWatermark: 1<<63 - 1, LogStartOffset: -1 << 63, HighWatermarkEpoch: 7,
		CreatedRevision: 1<<64 - 1, ModifiedRevision: 3,
	}
	got, err := metadata.RecodePartition(p)
	require.NoError(t, err)
	require.Equal(t, p, got)

	inSync := &metadata.Partition{Replicas: []int32{1, 2}, ISR: []int32{1, 2}}
	got, err = metadata.RecodePartition(inSync)
	require.NoError(t, err)
	require.Equal(t, inSync, got)
	require.Same(t, &got.Replicas[0], &got.ISR[0], "equal lists take memory once")
}

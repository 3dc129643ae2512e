package host

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"hash/crc32"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/chronik-stream/metalog/metadata"
	"github.com/chronik-stream/metalog/metadata/eventpb"
)

// stateOf applies creations of topics.
func stateOf(tb testing.TB, names ...string) *metadata.State {
	tb.Helper()
	d := metadata.Genesis().Draft()
	for i, name := range names {
		ev := metadata.NewCreateTopic(metadata.TopicSpec{Name: name, ID: metadata.TopicID{byte(i + 1)}, Partitions: 1, ReplicationFactor: 1})
		id := metadata.RequestID{byte(i + 1)}
		ev.RequestId, ev.TimestampMs = id[:], 1_767_268_800_000
		res, err := d.Apply(ev)
		require.NoError(tb, err)
		require.NoError(tb, res.Err())
	}
	return d.State()
}

func sampleView(tb testing.TB) *view {
	tb.Helper()
	dir := directory(nil).
		with("n2", &eventpb.Announcement{ApiAddress: "b:7400", Version: "v2", FeatureMin: 1, FeatureMax: 300}).
		with("n1", &eventpb.Announcement{ApiAddress: "a:7400", Version: "v1", FeatureMin: 1, FeatureMax: 1})
	return &view{state: stateOf(tb, "orders", "payments"), index: 9, directory: dir}
}

func frameBytes(tb testing.TB, v *view) []byte {
	tb.Helper()
	var buf bytes.Buffer
	n, err := writeFrame(&buf, v)
	require.NoError(tb, err)
	require.EqualValues(tb, buf.Len(), n)
	return buf.Bytes()
}

func readAll(data []byte) (*view, error) { return readView(bytes.NewReader(data)) }

func TestFrameGoesThroughAndBack(t *testing.T) {
	v := sampleView(t)
	data := frameBytes(t, v)
	require.Equal(t, data, frameBytes(t, v), "the same view gives the same bytes")
	back, err := readAll(data)
	require.NoError(t, err)
	require.Equal(t, v.index, back.index)
	require.Equal(t, v.directory, back.directory)
	require.Equal(t, v.state.Digest(), back.state.Digest())
	require.Equal(t, v.state.Revision(), back.state.Revision())
}

// The state's own bytes are metadata's to keep; these stand before them.
func TestFrameBytes(t *testing.T) {
	data := frameBytes(t, &view{state: metadata.Genesis(), index: 3, directory: sampleView(t).directory})
	digest := metadata.Genesis().Digest()
	want := hex.EncodeToString([]byte("METALOG\n")) + "01" + "0300000000000000" + "0000000000000000" +
		hex.EncodeToString(digest[:]) + "20000000"
	require.Equal(t, want, hex.EncodeToString(data[:frameHead]))
	dir := "02" + "026e31" + "06613a37343030" + "027631" + "01" + "01" + "026e32" + "06623a37343030" + "027632" + "01" + "ac02"
	require.Equal(t, dir, hex.EncodeToString(data[frameHead+frameSum:frameHead+frameSum+32]))
}

func TestFrameIsRefused(t *testing.T) {
	good := frameBytes(t, sampleView(t))
	for i := range good {
		damaged := bytes.Clone(good)
		damaged[i] ^= 0x10
		_, err := readAll(damaged)
		require.Errorf(t, err, "byte %d of %d", i, len(good))
		_, err = readAll(good[:i])
		require.Errorf(t, err, "cut to %d bytes", i)
	}
	_, err := readAll(append(bytes.Clone(good), 0))
	require.ErrorContains(t, err, "doesn't end")
	_, err = readAll(newerFrame(good))
	require.ErrorContains(t, err, "snapshot format 3")
	require.ErrorIs(t, err, metadata.ErrNewer)
}

// newerFrame is a frame of a format that isn't known yet.
func newerFrame(frame []byte) []byte {
	newer := bytes.Clone(frame)
	newer[8] = frameAnnex + 1
	binary.LittleEndian.PutUint32(newer[frameHead:], crc32.Checksum(newer[:frameHead], castagnoli))
	return newer
}

func FuzzReadFrame(f *testing.F) {
	f.Add(frameBytes(f, sampleView(f)))
	f.Add(frameBytes(f, &view{state: metadata.Genesis()}))
	f.Add(frameBytes(f, sealedView(f)))
	f.Add(frameBytes(f, halfView(f)))
	f.Fuzz(func(t *testing.T, data []byte) {
		v, err := readAll(data)
		if err != nil {
			return
		}
		require.Equal(t, data, frameBytes(t, v))
	})
}

func FuzzDecodeDirectory(f *testing.F) {
	f.Add(sampleView(f).directory.encode())
	f.Add([]byte{0})
	f.Fuzz(func(t *testing.T, data []byte) {
		d, err := decodeDirectory(data)
		if err != nil {
			require.ErrorIs(t, err, errDirectory)
			return
		}
		require.Equal(t, data, d.encode())
	})
}

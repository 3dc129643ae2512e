package host

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"hash/crc32"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/chronik-stream/metalog/metadata"
)

func sealedView(tb testing.TB) *view {
	tb.Helper()
	v := sampleView(tb)
	v.seal = "b:1"
	return v
}

func halfView(tb testing.TB) *view {
	tb.Helper()
	v := sampleView(tb)
	v.state = metadata.Genesis()
	v.half = v.half.with([]byte("META")).with([]byte{0xff})
	return v
}

// What stands before the state, and nothing where there is nothing to say. These
// bytes are durable.
func TestAnnexBytes(t *testing.T) {
	for name, tc := range map[string]struct {
		v    *view
		want string
	}{
		"seal": {sealedView(t), "03000000" + "0000000000000000" + "623a31" + "b4d144aa"},
		"half": {halfView(t), "00000000" + "0200000000000000" + "134f18b9" + "04000000" + "4d455441" + "f6e90297" + "01000000" + "ff" + "c84a1ed0"},
	} {
		t.Run(name, func(t *testing.T) {
			data := frameBytes(t, tc.v)
			require.EqualValues(t, 2, data[8])
			from := frameHead + frameSum + len(tc.v.directory.encode()) + frameSum
			require.Equal(t, tc.want, hex.EncodeToString(data[from:from+len(tc.want)/2]))
			var state bytes.Buffer
			_, err := tc.v.state.WriteTo(&state)
			require.NoError(t, err)
			require.Equal(t, state.Bytes(), data[from+len(tc.want)/2:])

			back, err := readAll(data)
			require.NoError(t, err)
			require.Equal(t, tc.v.seal, back.seal)
			require.Equal(t, tc.v.half, back.half)
			require.Equal(t, tc.v.directory, back.directory)
			require.Equal(t, tc.v.state.Digest(), back.state.Digest())
			require.Equal(t, data, frameBytes(t, back))
		})
	}
	require.EqualValues(t, 1, frameBytes(t, sampleView(t))[8], "builds before seals read what has none")
}

func TestAnnexIsRefused(t *testing.T) {
	for name, v := range map[string]*view{"seal": sealedView(t), "half": halfView(t)} {
		good := frameBytes(t, v)
		for i := range good {
			damaged := bytes.Clone(good)
			damaged[i] ^= 0x10
			_, err := readAll(damaged)
			require.Errorf(t, err, "%s: byte %d of %d", name, i, len(good))
			require.NotErrorIs(t, err, metadata.ErrNewer, "%s: byte %d", name, i)
			_, err = readAll(good[:i])
			require.Errorf(t, err, "%s: cut to %d bytes", name, i)
		}
	}
	withState := halfView(t)
	withState.state = stateOf(t, "a")
	_, err := readAll(frameBytes(t, withState))
	require.ErrorIs(t, err, errAnnex, "half an import beside a state")
}

// Sizes are claims until as many bytes have come.
func TestAnnexTakesNoSizeOnTrust(t *testing.T) {
	annex := func(length uint32, pieces uint64, seal string, rest ...byte) error {
		var buf bytes.Buffer
		w := bufio.NewWriter(&buf)
		head := binary.LittleEndian.AppendUint32(nil, length)
		head = binary.LittleEndian.AppendUint64(head, pieces)
		writeSummed(w, append(head, seal...))
		_, _ = w.Write(rest)
		require.NoError(t, w.Flush())
		_, _, err := readAnnex(&buf)
		return err
	}
	require.ErrorIs(t, annex(0, 0, ""), errAnnex, "neither")
	require.ErrorIs(t, annex(1, 1, "b"), errAnnex, "both")
	require.ErrorIs(t, annex(1<<31, 0, "b"), errAnnex)
	require.ErrorIs(t, annex(1, 0, "\xff"), errAnnex)
	require.ErrorIs(t, annex(0, 1<<60, ""), errTruncated)
	require.ErrorIs(t, annex(0, 1, "", 0xff, 0xff, 0xff, 0xff), errAnnex)
	require.ErrorIs(t, annex(0, 1, "", 0, 0, 0, 0), errAnnex)
	require.ErrorIs(t, annex(0, 1, "", 9, 0, 0, 0, 1), errTruncated)
	require.NoError(t, annex(1, 0, "b"))
}

// A snapshot of a feature level to come is whole, and for another build.
func TestAFrameOfANewerLevel(t *testing.T) {
	_, err := readAll(newerLevel(t))
	require.ErrorIs(t, err, metadata.ErrNewer)
	_, err = InspectSnapshot(bytes.NewReader(newerLevel(t)))
	require.ErrorContains(t, err, "upgrade")
}

// newerLevel is genesis at feature level 9, as a build that knows it would write it.
func newerLevel(tb testing.TB) []byte {
	tb.Helper()
	data := frameBytes(tb, &view{state: metadata.Genesis(), index: 3})
	state := data[frameHead+frameSum+len(directory(nil).encode())+frameSum:]
	body := state[8:]
	level := 1 + 2 + len("metalog") + 2 + 2 // behind length, tag, name, two versions, revision and time
	require.EqualValues(tb, 1, body[level])
	body[level] = 9
	binary.BigEndian.PutUint32(state[4:], crc32.Checksum(body, castagnoli))
	return data
}

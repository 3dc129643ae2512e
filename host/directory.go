package host

import (
	"encoding/binary"
	"errors"
	"maps"
	"slices"

	"github.com/chronik-stream/metalog/metadata/eventpb"
)

// directory is what nodes have announced, by node id. It lies beside the state:
// in a snapshot's frame, but neither in revision nor in digest. A published one
// never changes.
type directory map[string]Node

// with is the directory after an announcement.
func (d directory) with(node string, a *eventpb.Announcement) directory {
	next := maps.Clone(d)
	if next == nil {
		next = make(directory, 1)
	}
	next[node] = Node{
		NodeID: node, APIAddress: a.GetApiAddress(), Version: a.GetVersion(),
		FeatureMin: a.GetFeatureMin(), FeatureMax: a.GetFeatureMax(),
	}
	return next
}

// nodes lists the directory by id.
func (d directory) nodes() []Node {
	list := make([]Node, 0, len(d))
	for _, id := range slices.Sorted(maps.Keys(d)) {
		list = append(list, d[id])
	}
	return list
}

// encode writes the directory in one way only: a varint count, then each node
// by id, texts with their length.
func (d directory) encode() []byte {
	buf := binary.AppendUvarint(nil, uint64(len(d)))
	for _, n := range d.nodes() {
		for _, s := range []string{n.NodeID, n.APIAddress, n.Version} {
			buf = binary.AppendUvarint(buf, uint64(len(s)))
			buf = append(buf, s...)
		}
		buf = binary.AppendUvarint(buf, uint64(n.FeatureMin))
		buf = binary.AppendUvarint(buf, uint64(n.FeatureMax))
	}
	return buf
}

var errDirectory = errors.New("the snapshot's directory of nodes is not what a host writes")

func decodeDirectory(buf []byte) (directory, error) {
	r := directoryReader{buf: buf}
	d := make(directory)
	for left := r.uint(); left > 0 && !r.bad; left-- {
		n := Node{NodeID: r.text(), APIAddress: r.text(), Version: r.text()}
		n.FeatureMin, n.FeatureMax = uint32(r.uint()), uint32(r.uint())
		d[n.NodeID] = n
	}
	if r.bad || !slices.Equal(d.encode(), buf) {
		return nil, errDirectory
	}
	return d, nil
}

type directoryReader struct {
	buf []byte
	bad bool
}

func (r *directoryReader) uint() uint64 {
	v, n := binary.Uvarint(r.buf)
	if n <= 0 {
		r.bad = true
		return 0
	}
	r.buf = r.buf[n:]
	return v
}

func (r *directoryReader) text() string {
	n := r.uint()
	if n > uint64(len(r.buf)) {
		r.bad = true
		return ""
	}
	s := string(r.buf[:n])
	r.buf = r.buf[n:]
	return s
}

package metadata

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
)

// ReadState reads what WriteTo wrote, and no byte beyond it. It takes nothing
// on trust: every checksum, order and number is checked, and the digest is
// computed anew from the records and compared. Bytes that WriteTo wouldn't have
// written are an error, never a panic. r should be buffered if reading it in
// pieces of 64 KiB is dear.
func ReadState(r io.Reader) (*State, error) {
	b := &restorer{state: Genesis(), frames: &frameReader{r: r}, lists: map[string][]int32{}}
	if err := b.run(); err != nil {
		return nil, fmt.Errorf("the snapshot's state can't be read: %w", err)
	}
	return b.state, nil
}

// restorer builds a state from the items of a snapshot, in their order.
type restorer struct {
	state  *State
	frames *frameReader
	item   []byte      // that is being taken in
	hash   recordHash  // of the item
	stage  uint64      // tag of the last record
	topic  *topicEntry // whose partitions come next
	broker *Broker     // the last one
	config string      // key of the last one
	last   lastRecords
	lists  map[string][]int32
}

// ErrNewer says that a snapshot is of a format, or of a feature level, that this
// build doesn't know. Nothing is wrong with it.
var ErrNewer = errors.New("a newer build wrote it: upgrade the node")

var (
	errNoSnapshot  = errors.New("it isn't a snapshot of this format")
	errOrder       = errors.New("a record is out of order or there twice")
	errTag         = errors.New("there is a record of an unknown kind")
	errPartitions  = errors.New("a topic doesn't have all its partitions")
	errRequests    = errors.New("the stored answers don't cover the revisions after the floor")
	errNowhere     = errors.New("a record is about a partition that isn't there")
	errDigest      = errors.New("its digest isn't that of its records")
	errBytesBehind = errors.New("something follows its end")
)

func (b *restorer) run() error {
	item, err := b.frames.item()
	if err != nil {
		return err
	}
	if err := b.header(&decoder{buf: item}); err != nil {
		return err
	}
	for {
		item, err := b.frames.item()
		if err != nil {
			return err
		}
		d := decoder{buf: item, lists: b.lists}
		tag := d.uint()
		if tag == tagEnd {
			return b.end(&d)
		}
		b.item, b.hash = item, sha256.Sum256(item)
		b.state.sum.add(b.hash)
		if err := b.record(tag, &d); err != nil {
			return err
		}
	}
}

func (b *restorer) header(d *decoder) error {
	if d.uint() != tagHeader || string(d.take(uint64(len(snapshotMagic)))) != snapshotMagic {
		return errNoSnapshot
	}
	format, digest := d.uint(), d.uint()
	if format > snapshotFormat || digest > DigestVersion {
		return ErrNewer
	}
	if format != snapshotFormat || digest != DigestVersion {
		return errNoSnapshot
	}
	s := b.state
	s.decodeScalars(d)
	if err := d.end(); err != nil {
		return err
	}
	if s.featureLevel > supportedLevel {
		return ErrNewer
	}
	if s.requests.floor > s.revision || s.revision-s.requests.floor > uint64(s.requests.limits.entries) {
		return errRequests
	}
	return nil
}

// record takes one in. The kinds come in the order of their tags, but for
// partitions, which stand behind their topic, and offsets, behind their group.
func (b *restorer) record(tag uint64, d *decoder) error {
	switch tag {
	case tagPartition:
		return b.takePartition(d)
	case tagOffset:
		return b.takeOffset(d)
	case tagPending:
		return b.takePending(d)
	}
	if err := b.topicDone(); err != nil {
		return err
	}
	if tag < b.stage {
		return errOrder
	}
	b.stage = tag
	switch tag {
	case tagTopic:
		return b.takeTopic(d)
	case tagBroker:
		return b.takeBroker(d)
	case tagConfig:
		return b.takeConfig(d)
	case tagRequest:
		return b.takeRequest(d)
	case tagGroup:
		return b.takeGroup(d)
	case tagTransaction:
		return b.takeTransaction(d)
	case tagSegment:
		return b.takeSegment(d)
	default:
		return errTag
	}
}

func (b *restorer) takeTopic(d *decoder) error {
	t := decodeTopic(d)
	if err := d.end(); err != nil {
		return wrapDecoding("a topic", err)
	}
	if b.topic != nil && t.Name <= b.topic.topic.Name || b.state.topicByID(t.ID) != nil {
		return errOrder
	}
	folded, _ := foldName(t.Name)
	if _, taken := b.state.topicFolding(folded); taken {
		return errOrder
	}
	b.topic = &topicEntry{topic: t}
	b.state.topics.add(b.topic)
	b.state.indexTopic(t)
	return nil
}

func (b *restorer) topicDone() error {
	if b.topic != nil && b.topic.count != b.topic.topic.Partitions {
		return errPartitions
	}
	return nil
}

func (b *restorer) takePartition(d *decoder) error {
	p := decodePartition(d)
	if err := d.end(); err != nil {
		return wrapDecoding("a partition", err)
	}
	if b.stage != tagTopic || p.Topic != b.topic.topic.ID || p.Index != b.topic.count {
		return errOrder
	}
	b.topic.set(p)
	b.state.partitions++
	return nil
}

func (b *restorer) takeBroker(d *decoder) error {
	r := decodeBroker(d)
	if err := d.end(); err != nil {
		return wrapDecoding("a broker", err)
	}
	if b.broker != nil && r.ID <= b.broker.ID {
		return errOrder
	}
	b.broker = r
	b.state.brokers.load(r.ID, r)
	return nil
}

func (b *restorer) takeConfig(d *decoder) error {
	c := decodeConfig(d)
	if err := d.end(); err != nil {
		return wrapDecoding("a configuration", err)
	}
	key := configKey(c.Resource)
	if key <= b.config {
		return errOrder
	}
	b.config = key
	b.state.configs.load(key, c)
	return nil
}

func (b *restorer) takeRequest(d *decoder) error {
	r := request{result: decodeRequest(d), hash: b.hash, size: len(b.item)}
	if err := d.end(); err != nil {
		return wrapDecoding("a stored answer", err)
	}
	rs := &b.state.requests
	if r.result.Revision != rs.floor+uint64(rs.count)+1 || r.result.Revision > b.state.revision {
		return errRequests
	}
	if rs.get(r.result.Request) != nil {
		return errOrder
	}
	if settled := r.settles(); !settled.IsZero() && (rs.get(settled) != nil || settled == r.result.Request) {
		return errOrder
	}
	place := rs.place(r.result.Revision)
	*place = r
	rs.put(b.state.generation, place)
	return nil
}

func (b *restorer) end(d *decoder) error {
	if err := b.topicDone(); err != nil {
		return err
	}
	if uint64(b.state.requests.count) != b.state.revision-b.state.requests.floor {
		return errRequests
	}
	var stored Digest
	copy(stored[:], d.take(uint64(len(stored))))
	if err := d.end(); err != nil {
		return err
	}
	if len(b.frames.rest) > 0 {
		return errBytesBehind
	}
	if stored != b.state.Digest() {
		return errDigest
	}
	b.state.share()
	return nil
}

package metadata

import "io"

// SnapshotPart is what all records of a kind take in a snapshot.
type SnapshotPart struct {
	Name    string // of the noun, or "answer"
	Records int
	Bytes   int64 // of their encodings, lengths not among them
}

// partNames are the kinds of records by tag, which is their order but for those
// that stand behind their topic or group.
var partNames = [...]string{
	tagTopic: NounTopic.String(), tagPartition: NounPartition.String(), tagBroker: NounBroker.String(),
	tagConfig: NounConfig.String(), tagRequest: "answer", tagGroup: NounGroup.String(), tagOffset: NounOffset.String(),
	tagPending: NounPendingOffset.String(), tagTransaction: NounTransaction.String(), tagSegment: NounSegment.String(),
}

// SnapshotParts weighs every kind of record, by tag, those that there is nothing of
// among them. It takes as long as WriteTo.
func (s *State) SnapshotParts() []SnapshotPart {
	parts := make([]SnapshotPart, len(partNames))
	for tag, name := range partNames {
		parts[tag].Name = name
	}
	f := &frameWriter{w: io.Discard, buf: make([]byte, 0, 2*frameSize), each: func(item []byte) {
		if tag := int(item[0]); tag < len(parts) { // every record's tag is one byte; header and end have two
			parts[tag].Records++
			parts[tag].Bytes += int64(len(item))
		}
	}}
	s.writeItems(f)
	return parts[tagTopic:]
}

package host

import (
	"encoding/hex"

	"google.golang.org/protobuf/encoding/prototext"

	"github.com/chronik-stream/metalog/metadata"
	"github.com/chronik-stream/metalog/metadata/eventpb"
)

// maxDump is how much of an entry is shown to people.
const maxDump = 2048

// dump shows an entry that couldn't be applied: as text if it can be decoded,
// else in hex.
func dump(data []byte) string { return dumpBy(data, dumpText) }

// dumpBy falls back to hex too if show panics, as apply may have done over the
// same entry.
func dumpBy(data []byte, show func([]byte) string) (text string) {
	defer func() {
		if recover() != nil {
			text = dumpHex(data)
		}
	}()
	return show(data)
}

func dumpHex(data []byte) string { return hex.EncodeToString(data[:min(len(data), maxDump/2)]) }

func dumpText(data []byte) string {
	entry, err := decodeEntry(data)
	if err != nil {
		return dumpHex(data)
	}
	text := prototext.Format(&eventpb.Entry{Id: entry.GetId(), Node: entry.GetNode(), ClockMs: entry.GetClockMs(), Own: entry.GetOwn()})
	if len(text) > maxDump { // a piece of an import
		return text[:maxDump] + " ..."
	}
	for _, event := range entry.GetEvents() {
		if ev, err := metadata.Decode(event); err == nil {
			text += "event { " + prototext.Format(ev) + " }\n"
		} else {
			text += "event in hex: " + dumpHex(event) + "\n"
		}
		if len(text) > maxDump {
			return text[:maxDump] + " ..."
		}
	}
	return text
}

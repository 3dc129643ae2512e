package trial

import (
	"hash/crc32"

	"github.com/chronik-stream/metalog/sdk"
)

// possessions are the entries that a machine was given in a session: their bytes
// are its own. It writes over them, so that a backend which reads them again, or
// has given away what isn't its own, will see that; and it knows what it wrote,
// so that one which uses a buffer twice is seen.
type possessions []possession

type possession struct {
	entry sdk.Entry
	sum   uint32
}

func (p *possessions) own(e sdk.Entry) {
	for i := range e.Data {
		e.Data[i] ^= 0xff
	}
	*p = append(*p, possession{e, crc32.Checksum(e.Data, castagnoli)})
}

// changed returns the first that isn't as it was left.
func (p possessions) changed() (sdk.Entry, bool) {
	for _, o := range p {
		if crc32.Checksum(o.entry.Data, castagnoli) != o.sum {
			return o.entry, true
		}
	}
	return sdk.Entry{}, false
}

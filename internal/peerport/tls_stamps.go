package peerport

import (
	"io/fs"
	"os"
)

// stamps are what tells files from those that were read before.
type stamps [3]fs.FileInfo

// stat looks at the files. What can't be looked at has no stamp; reading it says
// why.
func (f TLSFiles) stat() stamps {
	var s stamps
	for i, path := range []string{f.Cert, f.Key, f.CA} {
		if info, err := os.Stat(path); err == nil {
			s[i] = info
		}
	}
	return s
}

// same reports whether nothing was written, replaced or removed in between.
func (s stamps) same(other stamps) bool {
	for i, a := range s {
		b := other[i]
		if a == nil || b == nil {
			if a != b {
				return false
			}
			continue
		}
		if !os.SameFile(a, b) || a.Size() != b.Size() || !a.ModTime().Equal(b.ModTime()) {
			return false
		}
	}
	return true
}

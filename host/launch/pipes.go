package launch

import (
	"errors"
	"os"
)

// pipes makes pipes to a child and remembers their ends; once one couldn't be
// made, err says why.
type pipes struct {
	ours, theirs []*os.File
	err          error
}

func (ps *pipes) out() (ours, theirs *os.File) {
	r, w := ps.pipe()
	ps.ours, ps.theirs = append(ps.ours, r), append(ps.theirs, w)
	return r, w
}

func (ps *pipes) in() (ours, theirs *os.File) {
	r, w := ps.pipe()
	ps.ours, ps.theirs = append(ps.ours, w), append(ps.theirs, r)
	return w, r
}

func (ps *pipes) pipe() (r, w *os.File) {
	r, w, err := os.Pipe()
	ps.err = errors.Join(ps.err, err)
	return r, w
}

func (ps *pipes) closeOurs()   { closeAll(ps.ours) }
func (ps *pipes) closeTheirs() { closeAll(ps.theirs) }

func closeAll(files []*os.File) {
	for _, f := range files {
		_ = f.Close() // a nil one says ErrInvalid
	}
}

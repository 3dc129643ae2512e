package launch

import "time"

// maxLines is how many lines a second a plugin may add to the node's log. A
// backend that says more than that has nothing to say to people.
const maxLines = 2000

// flood keeps a plugin's lines within maxLines. Its user locks.
type flood struct {
	second  int64 // that is counted, Unix
	lines   int   // admitted in it
	dropped int   // since the last report
}

// admit reports whether a line may pass, and how many were dropped before it
// that nobody has been told of.
func (f *flood) admit(now time.Time) (pass bool, dropped int) {
	if s := now.Unix(); s != f.second {
		f.second, f.lines = s, 0
	}
	if f.lines == maxLines {
		f.dropped++
		return false, 0
	}
	f.lines++
	dropped, f.dropped = f.dropped, 0
	return true, dropped
}

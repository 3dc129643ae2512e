package history

import "fmt"

// Summary counts what a history holds.
type Summary struct {
	Acknowledged, NotAppended, Unknown int // writes by outcome
	Linearizable, Local                int // reads
	Taps, Entries                      int
}

// Summary counts, for reports.
func (h History) Summary() Summary {
	s := Summary{Taps: len(h.Taps)}
	for _, w := range h.Writes {
		switch w.Outcome {
		case Acknowledged:
			s.Acknowledged++
		case NotAppended:
			s.NotAppended++
		default:
			s.Unknown++
		}
	}
	for _, r := range h.Reads {
		if r.Linearizable {
			s.Linearizable++
		} else {
			s.Local++
		}
	}
	for _, t := range h.Taps {
		s.Entries += len(t.Entries)
	}
	return s
}

func (s Summary) String() string {
	return fmt.Sprintf("%d writes (%d acknowledged, %d not appended, %d unknown), %d reads (%d linearizable, %d local), %d entries in %d taps",
		s.Acknowledged+s.NotAppended+s.Unknown, s.Acknowledged, s.NotAppended, s.Unknown,
		s.Linearizable+s.Local, s.Linearizable, s.Local, s.Entries, s.Taps)
}

// Thin returns an error if fewer than least writes were acknowledged: a verdict
// on so little would mean nothing. A least below one is an error, too.
func Thin(h History, least int) error {
	if least < 1 {
		return fmt.Errorf("at least %d acknowledged writes were asked for, which any history has", least)
	}
	if s := h.Summary(); s.Acknowledged < least {
		return fmt.Errorf("too little to judge: fewer than %d acknowledged writes in %v", least, s)
	}
	return nil
}

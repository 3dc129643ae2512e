package conformance

import (
	"time"

	"github.com/chronik-stream/metalog/conformance/report"
	"github.com/chronik-stream/metalog/conformance/trial"
)

// waiting counts the cases of the present family that have failed, one after the
// other, only once their patience was over. Its zero value has seen none.
type waiting struct {
	family string
	cases  int
}

func (w *waiting) in(family string) int {
	if w.family != family {
		return 0
	}
	return w.cases
}

// note counts a case that was played.
func (w *waiting) note(r report.Result, patience time.Duration) {
	failed := r.State == report.Fail || r.State == report.Error
	if w.family != r.Family || !failed || r.Seconds < patience.Seconds() {
		w.cases = 0
	}
	w.family = r.Family
	if failed && r.Seconds >= patience.Seconds() {
		w.cases++
	}
}

func (o Options) patience() time.Duration {
	if o.Patience > 0 {
		return o.Patience
	}
	return trial.DefaultPatience
}

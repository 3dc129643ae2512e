package main

import (
	"io"
	"os"
	"time"

	bars "github.com/jedib0t/go-pretty/v6/progress"
	"golang.org/x/term"
)

// bar is a progress bar on the terminal of stderr, with rate and time left.
type bar struct {
	writer    bars.Writer
	tracker   *bars.Tracker
	sharesOut bool // stdout is a terminal too, so lines have to go above the bar
}

func newBar(c *cli, what string, all int64) *bar {
	b := &bar{
		writer:    bars.NewWriter(),
		tracker:   &bars.Tracker{Message: what, Total: all, Units: bars.UnitsDefault},
		sharesOut: isTerminal(c.out),
	}
	b.writer.SetOutputWriter(c.err)
	b.writer.SetUpdateFrequency(100 * time.Millisecond)
	b.writer.SetTrackerPosition(bars.PositionRight)
	style := b.writer.Style()
	style.Visibility.ETA = all > 0
	style.Visibility.Percentage = all > 0
	style.Visibility.Speed = true
	style.Options.PercentFormat = "%3.0f%%"
	style.Options.TimeInProgressPrecision = 100 * time.Millisecond
	style.Options.TimeDonePrecision = 100 * time.Millisecond
	if os.Getenv("NO_COLOR") == "" {
		style.Colors = bars.StyleColorsExample
	}
	b.writer.AppendTracker(b.tracker)
	return b
}

// stop ends the drawing: then ended is closed. The library forgets a Stop that
// comes before its Render has begun.
func (b *bar) stop(ended <-chan struct{}) {
	b.tracker.MarkAsDone()
	again := time.NewTicker(10 * time.Millisecond)
	defer again.Stop()
	for {
		b.writer.Stop()
		select {
		case <-ended:
			return
		case <-again.C:
		}
	}
}

// isTerminal reports whether a person is likely to read w as it is written.
func isTerminal(w io.Writer) bool {
	file, ok := w.(*os.File)
	return ok && term.IsTerminal(int(file.Fd()))
}

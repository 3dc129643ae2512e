package host

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/chronik-stream/metalog/sdk"
)

// maxSkew is how far a node's clock may be from everybody else's (G4).
const maxSkew = time.Hour

// clocks are how far the other nodes' clocks were from this one's when they
// were last heard. Not safe for several goroutines.
type clocks struct {
	self  string
	ahead map[string]time.Duration // theirs of ours
}

func newClocks(self string) *clocks {
	return &clocks{self: self, ahead: make(map[string]time.Duration)}
}

func (c *clocks) hear(node string, theirs, ours time.Time) {
	if node != c.self {
		c.ahead[node] = theirs.Sub(ours)
	}
}

// forget drops everything: clocks count only while the host is ready, since
// entries from before carry the clocks of their time.
func (c *clocks) forget() { clear(c.ahead) }

// stampable is nil unless every other node's clock was far behind: stamping
// events with a clock that runs ahead would stop time for all (G4). A node that
// has heard nobody always stamps.
func (c *clocks) stampable() error {
	if !c.all(func(ahead time.Duration) bool { return ahead < -maxSkew }) {
		return nil
	}
	return &sdk.Error{
		Reason: sdk.ReasonInternal, Outcome: sdk.NotAppended,
		Message: fmt.Sprintf("this node's clock is over an hour ahead of %s: set the clock", c.names()),
	}
}

// late says what is wrong if every other node's clock was far ahead.
func (c *clocks) late() string {
	if !c.all(func(ahead time.Duration) bool { return ahead > maxSkew }) {
		return ""
	}
	return fmt.Sprintf("this node's clock is over an hour behind %s: set the clock", c.names())
}

func (c *clocks) all(ok func(time.Duration) bool) bool {
	for _, ahead := range c.ahead {
		if !ok(ahead) {
			return false
		}
	}
	return len(c.ahead) > 0
}

func (c *clocks) names() string {
	return strings.Join(slices.Sorted(maps.Keys(c.ahead)), ", ")
}

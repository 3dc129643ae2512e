package history

import "fmt"

// Rule names a promise that a history can break. Names don't change.
type Rule string

// The rules, and what breaks them.
const (
	RuleRecord   Rule = "record"    // the record contradicts itself: the harness is at fault
	RuleDelivery Rule = "delivery"  // a node's positions don't strictly increase
	RuleDiverged Rule = "diverged"  // nodes have different entries, or answers, at one position
	RuleGap      Rule = "gap"       // a node passed over an entry
	RuleLost     Rule = "lost"      // acknowledged, and in nobody's log
	RuleTwice    Rule = "twice"     // one write at two positions
	RulePosition Rule = "position"  // acknowledged at another position than it has
	RuleAnswer   Rule = "answer"    // acknowledged with another answer than applying gave
	RuleRefused  Rule = "refused"   // called not appended, and in the log
	RuleStranger Rule = "stranger"  // in the log, and nobody wrote it
	RuleRealTime Rule = "real-time" // called after another was acknowledged, and before it in the log
	RuleFuture   Rule = "future"    // called after a read had returned that already saw its position
	RuleStale    Rule = "stale"     // a linearizable read missed what came before it
	RuleBack     Rule = "back"      // a local read saw less than an earlier read of its node
)

// listed is how many violations of one rule are told.
const listed = 10

// Violation is one broken promise.
type Violation struct {
	Rule Rule
	Text string // one sentence that names everything involved
	More int    // further violations of the rule that aren't listed; with the last one listed only
}

func (v Violation) String() string {
	if v.More == 0 {
		return fmt.Sprintf("%s: %s", v.Rule, v.Text)
	}
	return fmt.Sprintf("%s: %s (and %d more)", v.Rule, v.Text, v.More)
}

// findings collects violations. Its zero value is empty.
type findings struct {
	list []Violation
	last map[Rule]int // where a rule's last one listed is
	many map[Rule]int
}

func (f *findings) add(rule Rule, format string, args ...any) {
	if f.last == nil {
		f.last, f.many = map[Rule]int{}, map[Rule]int{}
	}
	f.many[rule]++
	if f.many[rule] > listed {
		f.list[f.last[rule]].More++
		return
	}
	f.last[rule] = len(f.list)
	f.list = append(f.list, Violation{Rule: rule, Text: fmt.Sprintf(format, args...)})
}

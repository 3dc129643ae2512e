package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/spf13/cobra"

	metalogv1 "github.com/chronik-stream/metalog/api/metalog/v1"
	"github.com/chronik-stream/metalog/sdk"
)

// memberChange is one change of one member.
type memberChange struct {
	node   string
	result string // added, promoted, removed
	role   string // afterwards; empty: it is no member any more
	seeks  sought
	make   func(context.Context, node) error
	next   func(*metalogv1.Status) // says what to do now; nil: nothing
}

// memberChangeView is what became of the cluster, as it is printed.
type memberChangeView struct {
	Node     string   `json:"node"`
	Result   string   `json:"result"`
	Role     string   `json:"role,omitempty"`
	Voters   []string `json:"voters"`
	Learners []string `json:"learners"`
}

// memberWait is --timeout's default for a change, which may wait for an election.
const memberWait = 30 * time.Second

// changeMembers makes a change once, and says what the cluster is afterwards. Once it
// is made, a node that can't say that doesn't make it a failure.
func (c *cli) changeMembers(cmd *cobra.Command, change memberChange) error {
	if !cmd.Flags().Changed("timeout") {
		c.wait = memberWait
	}
	return c.withNode(cmd.Context(), func(ctx context.Context, n node) error {
		if err := change.make(ctx, n); err != nil {
			return c.changeFailed(ctx, n, err, change.seeks)
		}
		s, err := n.Status(ctx)
		view := change.view(s)
		if shown := c.show(view, func() { c.line("%s", view) }); shown != nil {
			return shown
		}
		if err != nil {
			c.note("it is done, but the node doesn't say what the cluster is now: %v", err)
			return nil
		}
		if change.role != sdk.RoleLearner.String() {
			c.warnOfTolerance(view)
		}
		if change.next != nil {
			change.next(s)
		}
		return nil
	})
}

// view is the cluster after the change, of which the node may not have heard yet;
// nil: it doesn't tell.
func (m memberChange) view(s *metalogv1.Status) memberChangeView {
	view := memberChangeView{Node: m.node, Result: m.result, Role: m.role, Voters: []string{}, Learners: []string{}}
	if s == nil {
		return view
	}
	roles := map[string]string{}
	for _, other := range s.GetMembers() {
		roles[other.GetNode()] = other.GetRole()
	}
	roles[m.node] = m.role
	for name, role := range roles {
		switch role {
		case sdk.RoleVoter.String():
			view.Voters = append(view.Voters, name)
		case sdk.RoleLearner.String():
			view.Learners = append(view.Learners, name)
		}
	}
	slices.Sort(view.Voters)
	slices.Sort(view.Learners)
	return view
}

func (v memberChangeView) String() string {
	text := fmt.Sprintf("member %s %s", v.Node, v.Result)
	if v.Role != "" {
		text += " · " + v.Role
	}
	if len(v.Voters) > 0 {
		text += " · " + counted(len(v.Voters), "voter")
	}
	if len(v.Learners) > 0 {
		text += ", " + counted(len(v.Learners), "learner")
	}
	return text
}

// warnOfTolerance says when as many voters survive fewer failures than they might.
func (c *cli) warnOfTolerance(v memberChangeView) {
	voters, left := len(v.Voters), ""
	if v.Role == "" {
		left = " left"
	}
	switch tolerated := (voters - 1) / 2; {
	case tolerated == 0:
		c.note("warning: %s%s: no failure is tolerated", counted(voters, "voter"), left)
	case voters%2 == 0:
		c.note("warning: %d voters%s: they tolerate no more than %d would (%s), and each is one more that can fail",
			voters, left, voters-1, counted(tolerated, "failure"))
	}
}

func counted(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// sought is what a change presumes.
type sought struct {
	member   string   // that there is this one; empty: nothing
	expected []string // that these are all; nil: nothing
}

// changeFailed tells a change that may have been made from one that wasn't, and a
// member that isn't there from other conflicts.
func (c *cli) changeFailed(ctx context.Context, n node, err error, seeks sought) error {
	switch {
	case errors.Is(err, sdk.ErrOutcomeUnknown):
		return &failure{
			code: exitUnknown, err: fmt.Errorf("outcome unknown, it may have been done or be done yet: %w", err),
			next: "Look before you decide: metalog member list",
		}
	case errors.Is(err, sdk.ErrConflict) && seeks.stranger(ctx, n):
		return &failure{code: exitNotFound, err: err}
	default:
		return err
	}
}

// stranger reports whether the node knows its members, and the one that is sought is
// none, although they are those that were expected.
func (q sought) stranger(ctx context.Context, n node) bool {
	if q.member == "" {
		return false
	}
	s, err := n.Status(ctx)
	var members []string
	for _, m := range s.GetMembers() {
		members = append(members, m.GetNode())
	}
	if err != nil || len(members) == 0 || slices.Contains(members, q.member) {
		return false
	}
	slices.Sort(members)
	return q.expected == nil || slices.Equal(members, slices.Sorted(slices.Values(q.expected)))
}

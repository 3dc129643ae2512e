package faults

import "github.com/chronik-stream/metalog/internal/nodes"

// How often a scenario does what is over at once.
const (
	killRounds     = 4
	transferRounds = 8
)

// faults are the ways to break a cluster that are one thing to break and one to heal.
var faults = []fault{
	{name: "kill-leader-plugin", weight: 2, rounds: killRounds, who: leading, inflict: killing(nodes.Plugin)},
	{name: "kill-leader-host", weight: 2, rounds: killRounds, who: leading, inflict: killing(nodes.Host)},
	{name: "kill-leader", weight: 3, rounds: killRounds, who: leading, inflict: killing(nodes.Both)},
	{name: "kill-follower-plugin", weight: 1, rounds: killRounds, who: following, inflict: killing(nodes.Plugin)},
	{name: "kill-follower-host", weight: 1, rounds: killRounds, who: following, inflict: killing(nodes.Host)},
	{name: "kill-follower", weight: 2, rounds: killRounds, who: following, inflict: killing(nodes.Both)},

	{name: "freeze-leader-plugin", weight: 1, who: leading, inflict: freezing(nodes.Plugin)},
	{name: "freeze-leader-host", weight: 1, who: leading, inflict: freezing(nodes.Host)},
	{name: "freeze-leader", weight: 3, who: leading, inflict: freezing(nodes.Both)},
	{name: "freeze-follower-plugin", weight: 1, who: following, inflict: freezing(nodes.Plugin)},
	{name: "freeze-follower-host", weight: 1, who: following, inflict: freezing(nodes.Host)},
	{name: "freeze-follower", weight: 2, who: following, inflict: freezing(nodes.Both)},

	{name: "partition-leader", weight: 3, who: leading, inflict: severing(alone)},
	{name: "partition-follower", weight: 2, who: following, inflict: severing(alone)},
	{name: "unheard-leader", weight: 2, who: leading, inflict: severing(unheard)},
	{name: "deaf-leader", weight: 2, who: leading, inflict: severing(deaf)},
	{name: "bridge", weight: 2, who: leading, inflict: severing(bridged)},
	{name: "ring", weight: 1, all: true, inflict: severing(ring)},

	{name: "transfer", weight: 2, rounds: transferRounds, who: following, inflict: transferring},
	{name: "stop-leader", weight: 2, rounds: killRounds, who: leading, inflict: ending},
	{name: "kill-all", weight: 1, rounds: 2, all: true, inflict: killingAll},
	{name: "restart-all", rounds: 2, all: true, inflict: stoppingAll},
}

// Scenarios are all, in the order in which they are played.
func Scenarios() []Scenario {
	var all []Scenario
	for _, f := range faults {
		all = append(all, f.scenario())
	}
	return append(all,
		Scenario{Name: "rolling-restart", run: rolling},
		Scenario{Name: "slow-follower", Options: fewKept, run: slowFollower},
		Scenario{Name: "replace-member", run: replaceMember},
		Scenario{Name: "mix", Options: fewKept, run: mix},
	)
}

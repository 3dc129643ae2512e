package conformance

import (
	"encoding/json"
	"fmt"
	"path"
	"slices"

	"github.com/chronik-stream/metalog/conformance/contract"
	"github.com/chronik-stream/metalog/conformance/trial"
	"github.com/chronik-stream/metalog/host/launch"
	"github.com/chronik-stream/metalog/sdk/plugin"
)

// Case is one promise put to the test.
type Case = trial.Case

// Target is what is put to it.
type Target = trial.Target

// InProcess judges a backend within this process; see trial.InProcess.
func InProcess(spec plugin.Spec) Target { return trial.InProcess(spec) }

// Binary judges a plugin as a host runs it; see trial.Binary.
func Binary(p launch.Plugin, options json.RawMessage) Target { return trial.Binary(p, options) }

// InMem is the reference backend, with as many nodes as a case wants.
func InMem() Target { return trial.InMem() }

// Cases is the whole suite, in the order in which it is played.
func Cases() []Case {
	return slices.Concat(contract.Cases(), storyCases(), differentialCases())
}

// chosen reports whether a pattern is for c: an ID, a family, or a pattern of
// path.Match over IDs.
func chosen(patterns []string, c Case) bool {
	return slices.ContainsFunc(patterns, func(p string) bool {
		matched, err := path.Match(p, c.ID)
		return p == c.Family() || (err == nil && matched)
	})
}

// Known returns an error that names the first pattern of Options.Run or
// Options.Skip that is for none of Cases.
func Known(patterns ...string) error { return known(Cases(), patterns) }

func known(cases []Case, patterns []string) error {
	for _, p := range patterns {
		if !slices.ContainsFunc(cases, func(c Case) bool { return chosen([]string{p}, c) }) {
			return fmt.Errorf("no case has the ID or family %q", p)
		}
	}
	return nil
}

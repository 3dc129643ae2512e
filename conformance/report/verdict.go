package report

import (
	"fmt"
	"strings"
)

// Verdict is what may be said of a profile, in words: conformant, not conformant
// because of what, or not claimed.
func (r *Report) Verdict(p Profile) string {
	switch {
	case !p.Claimed:
		return "not claimed"
	case p.Conformant:
		return "conformant"
	}
	if why := r.against(p); len(why) > 0 {
		return "not conformant because of " + strings.Join(why, ", ")
	}
	if r.Partial {
		return "not shown: only some cases were asked for"
	}
	return "not shown: no case of it passed"
}

// against lists the results that cost a profile its conformity.
func (r *Report) against(p Profile) []string {
	var why []string
	for _, s := range []State{Fail, Error, Skip} {
		var ids []string
		for _, result := range r.Results {
			if result.Profile == p.Name && result.State == s {
				ids = append(ids, result.ID)
			}
		}
		if len(ids) > 0 {
			why = append(why, fmt.Sprintf("%d %s (%s)", len(ids), s, someOf(ids)))
		}
	}
	return why
}

func someOf(ids []string) string {
	const most = 5
	if len(ids) > most {
		return strings.Join(ids[:most], ", ") + ", …"
	}
	return strings.Join(ids, ", ")
}

// Failures are the results that a person has to look at: FAIL, then ERROR.
func (r *Report) Failures() []Result {
	var failures []Result
	for _, s := range []State{Fail, Error} {
		for _, result := range r.Results {
			if result.State == s {
				failures = append(failures, result)
			}
		}
	}
	return failures
}

// Tally is how many results of a family have each state, in words: those states
// that there are. An empty family stands for all.
func (r *Report) Tally(family string) string {
	var parts []string
	for _, s := range States() {
		n := r.Count(s)
		if family != "" {
			n = r.CountIn(family, s)
		}
		if n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, s))
		}
	}
	return strings.Join(parts, ", ")
}

// reasons groups results of a state by why they have it, in order of appearance.
func (r *Report) reasons(s State) []reason {
	var reasons []reason
	at := map[string]int{}
	for _, result := range r.Results {
		if result.State != s {
			continue
		}
		i, known := at[result.Reason]
		if !known {
			i = len(reasons)
			at[result.Reason] = i
			reasons = append(reasons, reason{text: result.Reason})
		}
		reasons[i].ids = append(reasons[i].ids, result.ID)
	}
	return reasons
}

type reason struct {
	text string
	ids  []string
}

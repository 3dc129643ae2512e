package report

import (
	"fmt"
	"io"
	"strings"
	"time"
)

// WriteText writes the report for a terminal: a line for each family, then each
// failure with all that is known of it, then what each profile came to.
func (r *Report) WriteText(w io.Writer) error {
	var b strings.Builder
	r.textHead(&b)
	for _, family := range r.Families() {
		fmt.Fprintf(&b, "%-8s%s\n", family, r.Tally(family))
	}
	for _, f := range r.Failures() {
		textFailure(&b, f)
	}
	r.textLeftOut(&b)
	b.WriteString("\n")
	for _, p := range r.Profiles {
		fmt.Fprintf(&b, "%-14s%s\n", p.Name, r.Verdict(p))
	}
	fmt.Fprintf(&b, "\ncases: %s in %s, seed %d\n", r.Tally(""), r.took(), r.Seed)
	_, err := io.WriteString(w, b.String())
	return err
}

func (r *Report) textHead(b *strings.Builder) {
	fmt.Fprintf(b, "%s: %s %s, data format %d, conformance suite %s\n",
		r.Target, r.Plugin.Name, r.Plugin.Version, r.Plugin.DataFormat, r.SuiteVersion)
	fmt.Fprintf(b, "claims: %s\n\n", r.claims())
}

func (r *Report) claims() string {
	if len(r.Plugin.Claims) == 0 {
		return "none"
	}
	return strings.Join(r.Plugin.Claims, ", ")
}

func (r *Report) took() time.Duration { return seconds(r.Seconds).Round(10 * time.Millisecond) }

func seconds(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }

func textFailure(b *strings.Builder, f Result) {
	fmt.Fprintf(b, "\n%s %s  %s\n", f.State, f.ID, f.Title)
	field(b, "promise", fmt.Sprintf("%s (%s)", f.Promise, f.Rule))
	field(b, "cause", f.Reason)
	field(b, "again", f.Repeat)
	field(b, "kept", f.Kept)
	field(b, "log", strings.Join(f.Log, "\n"))
}

// field writes a name and its text, whose further lines stand below the first.
func field(b *strings.Builder, name, text string) {
	if text == "" {
		return
	}
	text = strings.ReplaceAll(strings.TrimRight(printable(text), "\n"), "\n", "\n           ")
	fmt.Fprintf(b, "  %-9s%s\n", name, text)
}

// textLeftOut says why cases weren't played, each reason once.
func (r *Report) textLeftOut(b *strings.Builder) {
	for _, s := range []State{Skip, Unsupported} {
		for i, reason := range r.reasons(s) {
			if i == 0 {
				fmt.Fprintf(b, "\n%s\n", s)
			}
			fmt.Fprintf(b, "  %s: %s\n", reason.text, someOf(reason.ids))
		}
	}
}

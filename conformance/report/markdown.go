package report

import (
	"fmt"
	"io"
	"strings"
)

// WriteMarkdown writes the report for a page: what was judged, what each profile
// came to, a table of the families, then each failure.
func (r *Report) WriteMarkdown(w io.Writer) error {
	var b strings.Builder
	r.markdownHead(&b)
	b.WriteString("\n| Profile | Verdict |\n|---|---|\n")
	for _, p := range r.Profiles {
		fmt.Fprintf(&b, "| %s | %s |\n", p.Name, cell(r.Verdict(p)))
	}
	r.markdownFamilies(&b)
	for _, f := range r.Failures() {
		markdownFailure(&b, f)
	}
	r.markdownLeftOut(&b)
	_, err := io.WriteString(w, b.String())
	return err
}

func (r *Report) markdownHead(b *strings.Builder) {
	fmt.Fprintf(b, "# Conformance of %s %s\n\n", r.Plugin.Name, r.Plugin.Version)
	fmt.Fprintf(b, "| | |\n|---|---|\n")
	for _, row := range [][2]string{
		{"Target", cell(r.Target)},
		{"Claims", r.claims()},
		{"Data format", fmt.Sprint(r.Plugin.DataFormat)},
		{"SHA-256", r.Plugin.SHA256},
		{"Suite", r.SuiteVersion},
		{"Seed", fmt.Sprint(r.Seed)},
		{"Began", r.Began.UTC().Format("2006-01-02 15:04:05 UTC")},
		{"Took", r.took().String()},
		{"Cases", fmt.Sprintf("%d: %s", len(r.Results), r.Tally(""))},
	} {
		if row[1] != "" {
			fmt.Fprintf(b, "| %s | %s |\n", row[0], row[1])
		}
	}
}

func (r *Report) markdownFamilies(b *strings.Builder) {
	b.WriteString("\n| Family |")
	for _, s := range States() {
		fmt.Fprintf(b, " %s |", s)
	}
	b.WriteString("\n|---|" + strings.Repeat("--:|", len(States())) + "\n")
	for _, family := range r.Families() {
		fmt.Fprintf(b, "| %s |", family)
		for _, s := range States() {
			fmt.Fprintf(b, " %d |", r.CountIn(family, s))
		}
		b.WriteString("\n")
	}
}

func markdownFailure(b *strings.Builder, f Result) {
	fmt.Fprintf(b, "\n## %s %s: %s\n\n", f.State, f.ID, f.Title)
	fmt.Fprintf(b, "Promise (%s): %s\n", f.Rule, f.Promise)
	for _, block := range [][2]string{
		{"Cause", f.Reason}, {"Again", f.Repeat}, {"Kept", f.Kept}, {"Log", strings.Join(f.Log, "\n")},
	} {
		if block[1] != "" {
			fmt.Fprintf(b, "\n%s:\n\n%s", block[0], indented(block[1]))
		}
	}
}

func (r *Report) markdownLeftOut(b *strings.Builder) {
	for _, s := range []State{Skip, Unsupported} {
		for i, reason := range r.reasons(s) {
			if i == 0 {
				fmt.Fprintf(b, "\n## %s\n\n", s)
			}
			fmt.Fprintf(b, "- %s: %s\n", cell(reason.text), strings.Join(reason.ids, ", "))
		}
	}
}

// indented is text as a block of code, which nothing in it can end.
func indented(text string) string {
	var b strings.Builder
	for line := range strings.Lines(strings.TrimRight(printable(text), "\n") + "\n") {
		b.WriteString("    " + line)
	}
	return b.String()
}

// cell is text that doesn't end the cell or the line it stands in, nor begins a tag.
func cell(text string) string {
	return strings.NewReplacer("|", `\|`, "\n", " ", "<", "&lt;").Replace(printable(text))
}

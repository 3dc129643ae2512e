package report

import (
	"encoding/xml"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/jstemmer/go-junit-report/v2/junit"
)

// WriteJUnit writes the report for a CI: a test suite for each family, and in it
// a FAIL as a failure, an ERROR as an error, a SKIP and an UNSUPPORTED as skipped.
func (r *Report) WriteJUnit(w io.Writer) error {
	all := junit.Testsuites{Name: printable("conformance of " + r.Target), Time: inSeconds(r.Seconds)}
	for i, family := range r.Families() {
		all.AddSuite(r.junitSuite(i, family))
	}
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return err
	}
	return all.WriteXML(w)
}

func (r *Report) junitSuite(id int, family string) junit.Testsuite {
	suite := junit.Testsuite{Name: family, ID: id, Timestamp: r.Began.UTC().Format(time.RFC3339)}
	for _, p := range [][2]string{
		{"suite", r.SuiteVersion},
		{"seed", fmt.Sprint(r.Seed)},
		{"plugin", r.Plugin.Name},
		{"version", r.Plugin.Version},
		{"sha256", r.Plugin.SHA256},
		{"claims", strings.Join(r.Plugin.Claims, " ")},
	} {
		suite.AddProperty(p[0], printable(p[1]))
	}
	took := 0.0
	for _, result := range r.Results {
		if result.Family == family {
			suite.AddTestcase(junitCase(r.Plugin.Name, result))
			took += result.Seconds
		}
	}
	suite.Time = inSeconds(took)
	return suite
}

func junitCase(plugin string, r Result) junit.Testcase {
	c := junit.Testcase{
		Name: printable(r.ID + " " + r.Title), Classname: printable(plugin + "." + r.Family), Time: inSeconds(r.Seconds),
	}
	why := &junit.Result{Message: printable(r.Reason), Type: string(r.State)}
	switch r.State {
	case Pass:
	case Fail:
		why.Data, c.Failure = junitDetails(r), why
	case Error:
		why.Data, c.Error = junitDetails(r), why
	default:
		c.Skipped = why
	}
	if len(r.Log) > 0 {
		c.SystemErr = &junit.Output{Data: printable(strings.Join(r.Log, "\n"))}
	}
	return c
}

func junitDetails(r Result) string {
	var b strings.Builder
	field(&b, "promise", fmt.Sprintf("%s (%s)", r.Promise, r.Rule))
	field(&b, "cause", r.Reason)
	field(&b, "again", r.Repeat)
	field(&b, "kept", r.Kept)
	return "\n" + b.String()
}

func inSeconds(s float64) string { return fmt.Sprintf("%.3f", s) }

package faulty_test

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/chronik-stream/metalog/conformance/faulty"
)

var rewrite = flag.Bool("rewrite", false, "write the table of mutants into the reference")

const (
	reference = "../../docs/reference/conformance.md"
	tableHead = "| Mutant | Bed | What it does | Caught by |\n|---|---|---|---|\n"
)

// TestReferenceNamesEveryMutant holds docs/reference/conformance.md against the
// code.
func TestReferenceNamesEveryMutant(t *testing.T) {
	text, err := os.ReadFile(reference)
	require.NoError(t, err)
	before, after, found := strings.Cut(string(text), tableHead)
	require.True(t, found, "%s has no table of mutants", reference)
	_, rest, more := strings.Cut(after, "\n\n")
	if more {
		rest = "\n" + rest
	}
	whole := before + tableHead + table() + rest
	if *rewrite {
		require.NoError(t, os.WriteFile(reference, []byte(whole), 0o600))
		return
	}
	require.Equal(t, whole, string(text), "go test ./conformance/faulty -run Reference -rewrite brings it up to date")
}

func table() string {
	var b strings.Builder
	for _, m := range faulty.Mutants() {
		fmt.Fprintf(&b, "| %s | %v | %s | %s |\n", m.Name, m.Bed, m.Defect, strings.Join(m.Caught, ", "))
	}
	return b.String()
}

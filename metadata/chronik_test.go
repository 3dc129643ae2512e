package metadata_test

import (
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/chronik-stream/metalog/metadata"
)

// chronikMethods is how many the trait has.
const chronikMethods = 45

// chronikDefects is how many are known of.
const chronikDefects = 19

// The tests that the table of Chronik's defects names are there.
func TestChroniksDefectsHaveTests(t *testing.T) {
	text, err := os.ReadFile("../docs/reference/chronik.md")
	require.NoError(t, err)
	_, table, ok := strings.Cut(string(text), "## Defects")
	require.True(t, ok)
	for _, named := range regexp.MustCompile("`([a-z/]+)\\.(Test\\w+)`").FindAllStringSubmatch(table, -1) {
		require.True(t, hasTest(t, "../"+named[1], named[2]), "%s has no %s", named[1], named[2])
	}
	require.Len(t, regexp.MustCompile(`(?m)^\| \d+ \|.*(test|Test|story|stories|\.txt).*\|$`).FindAllString(table, -1), chronikDefects)
}

func hasTest(t *testing.T, room, name string) bool {
	t.Helper()
	files, err := filepath.Glob(room + "/*_test.go")
	require.NoError(t, err)
	for _, file := range files {
		code, err := os.ReadFile(file)
		require.NoError(t, err)
		if strings.Contains(string(code), "\nfunc "+name+"(t *testing.T)") {
			return true
		}
	}
	return false
}

// The table of what takes the place of each of Chronik's methods names methods
// that exist, and all of them.
func TestChroniksTableIsTheInterface(t *testing.T) {
	text, err := os.ReadFile("../docs/reference/chronik.md")
	require.NoError(t, err)
	table, beyond, ok := strings.Cut(string(text), "Beyond the trait:")
	require.True(t, ok)

	store := reflect.TypeFor[metadata.Store]()
	named := map[string]bool{}
	code := regexp.MustCompile("`([A-Z][A-Za-z]+)`")
	note := func(text string) (n int) {
		for _, m := range code.FindAllStringSubmatch(text, -1) {
			_, exists := store.MethodByName(m[1])
			require.True(t, exists, "metadata.Store has no method %s", m[1])
			named[m[1]] = true
			n++
		}
		return n
	}
	var rows []string
	for line := range strings.Lines(table) {
		cells := strings.Split(line, "|")
		if len(cells) != 5 || !strings.HasPrefix(cells[1], " `") {
			continue
		}
		rows = append(rows, strings.Trim(cells[1], " `"))
		require.True(t, note(cells[3]) > 0 || strings.HasPrefix(cells[3], " nothing"), "%s has no place", rows[len(rows)-1])
	}
	require.Len(t, rows, chronikMethods)
	slices.Sort(rows)
	require.Len(t, slices.Compact(rows), chronikMethods, "a method stands twice")

	require.Positive(t, note(beyond))
	for i := range store.NumMethod() {
		require.True(t, named[store.Method(i).Name], "the table leaves out %s", store.Method(i).Name)
	}
}

package conformance

import (
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"
)

func TestScriptsAreReadAndWrittenAlike(t *testing.T) {
	const text = "# first\n\n# second\na 1\nb 2\n----\nA\nB\n\n# third\nc\n----\n\nd\n----\nD\n\n# the end\n"
	s, err := parseScript("s.txt", text)
	require.NoError(t, err)
	require.Len(t, s.blocks, 3)
	require.Equal(t, []string{"# first", "", "# second"}, s.blocks[0].preamble)
	require.Equal(t, []string{"a 1", "b 2"}, s.blocks[0].commands)
	require.Equal(t, "A\nB\n", s.blocks[0].output)
	require.Equal(t, 4, s.blocks[0].line)
	require.Empty(t, s.blocks[1].output)
	require.Equal(t, "D\n", s.blocks[2].output)
	require.Equal(t, text, s.with([]string{"A\nB\n", "", "D\n"}))
}

func TestScriptsThatCantBeRead(t *testing.T) {
	for text, want := range map[string]string{
		"----\nx\n":            "s.txt:1: ---- without a command before it",
		"a\n----\nA\n\n----\n": "s.txt:5: ---- without a command before it",
		"a\n\n----\n":          "s.txt:2: an empty line between a command and ----",
		"# c\na\nb\n":          "s.txt:2: commands without ---- after them",
	} {
		_, err := readScript(fstest.MapFS{"s.txt": {Data: []byte(text)}}, "s.txt")
		require.EqualError(t, err, want, "%q", text)
	}
	_, err := StoryNames(fstest.MapFS{"s.md": {}})
	require.EqualError(t, err, "no scripts (*.txt) to tell")
}

func TestWords(t *testing.T) {
	w, err := splitWords(`  topic a="b c" "d\te"f  g=`)
	require.NoError(t, err)
	require.Equal(t, words{name: "topic", rest: []string{"a=b c", "d\tef", "g="}}, w)

	_, err = splitWords(`topic "open`)
	require.ErrorContains(t, err, "a quote doesn't end")
}

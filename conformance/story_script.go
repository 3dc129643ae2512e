package conformance

import (
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
	"testing"
)

// script is a file of blocks: lines of commands, a line "----", the expected
// output, and an empty line or the end of the file. Lines before a block that
// begin with # are comments.
type script struct {
	name   string
	blocks []block
	tail   []string // comments after the last block
}

type block struct {
	line     int // of its first command
	preamble []string
	commands []string
	output   string
}

const separator = "----"

func readScripts(t *testing.T, files fs.FS) []*script {
	t.Helper()
	names, err := fs.Glob(files, "*.txt")
	if err != nil || len(names) == 0 {
		t.Fatalf("no scripts (*.txt) to tell: %v", err)
	}
	slices.Sort(names)
	var out []*script
	for _, name := range names {
		text, err := fs.ReadFile(files, name)
		if err != nil {
			t.Fatal(err)
		}
		s, err := parseScript(path.Base(name), string(text))
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, s)
	}
	return out
}

func parseScript(name, text string) (*script, error) {
	s := &script{name: name}
	lines := strings.Split(strings.TrimRight(text, "\n"), "\n")
	var b block
	for i := 0; i < len(lines); i++ {
		switch line := lines[i]; {
		case line == separator:
			if len(b.commands) == 0 {
				return nil, fmt.Errorf("%s:%d: %s without a command before it", name, i+1, separator)
			}
			end := i + 1
			for end < len(lines) && lines[end] != "" {
				end++
			}
			b.output = joinLines(lines[i+1 : end])
			s.blocks = append(s.blocks, b)
			b, i = block{}, end
		case len(b.commands) == 0 && (line == "" || strings.HasPrefix(line, "#")):
			b.preamble = append(b.preamble, line)
		case line == "":
			return nil, fmt.Errorf("%s:%d: an empty line between a command and %s", name, i+1, separator)
		default:
			if len(b.commands) == 0 {
				b.line = i + 1
			}
			b.commands = append(b.commands, line)
		}
	}
	if len(b.commands) > 0 {
		return nil, fmt.Errorf("%s:%d: commands without %s after them", name, b.line, separator)
	}
	s.tail = b.preamble
	return s, nil
}

func (b block) input() string { return joinLines(b.commands) }

// with is the script's text with other outputs, one a block.
func (s *script) with(outputs []string) string {
	var out strings.Builder
	for i, b := range s.blocks {
		if i > 0 {
			out.WriteString("\n")
		}
		out.WriteString(joinLines(b.preamble))
		out.WriteString(b.input())
		out.WriteString(separator + "\n")
		out.WriteString(outputs[i])
	}
	if len(s.tail) > 0 {
		out.WriteString("\n" + joinLines(s.tail))
	}
	return out.String()
}

func joinLines(lines []string) string {
	if len(lines) == 0 {
		return ""
	}
	return strings.Join(lines, "\n") + "\n"
}

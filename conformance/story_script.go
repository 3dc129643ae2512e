package conformance

import (
	"fmt"
	"io/fs"
	"slices"
	"strings"
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

func readScript(files fs.FS, name string) (*script, error) {
	text, err := fs.ReadFile(files, name)
	if err != nil {
		return nil, err
	}
	return parseScript(name, string(text))
}

func parseScript(name, text string) (*script, error) {
	s := &script{name: name}
	lines := strings.Split(strings.TrimRight(text, "\n"), "\n")
	var b block
	for i := 0; i < len(lines); i++ {
		line := lines[i]
		told := len(b.commands) > 0
		switch {
		case !told && (line == "" || strings.HasPrefix(line, "#")):
			b.preamble = append(b.preamble, line)
		case !told && line == separator:
			return nil, fmt.Errorf("%s:%d: %s without a command before it", name, i+1, separator)
		case line == "":
			return nil, fmt.Errorf("%s:%d: an empty line between a command and %s", name, i+1, separator)
		case line == separator:
			end := endOfOutput(lines, i+1)
			b.output = joinLines(lines[i+1 : end])
			s.blocks = append(s.blocks, b)
			b, i = block{}, end
		default:
			if !told {
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

// endOfOutput is the first empty line at or after from, or past the last line.
func endOfOutput(lines []string, from int) int {
	if n := slices.Index(lines[from:], ""); n >= 0 {
		return from + n
	}
	return len(lines)
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

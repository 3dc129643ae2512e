package launch

import (
	"bufio"
	"io"
)

// maxLine bounds what is kept of one line that a plugin prints, in bytes. It is
// below go-plugin's own limit of 64 KiB for the line of the handshake.
const maxLine = 32 << 10

// readLines calls each with every line of r, without its end, until r ends.
// What is over maxLine is dropped, and cut says so. The line is valid until
// each returns.
func readLines(r io.Reader, each func(line []byte, cut bool)) {
	lines := bufio.NewReaderSize(r, maxLine)
	for inside := false; ; {
		line, more, err := lines.ReadLine()
		if err != nil {
			return
		}
		if !inside {
			each(line, more)
		}
		inside = more
	}
}

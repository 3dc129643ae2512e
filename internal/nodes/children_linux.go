package nodes

import (
	"os"
	"strconv"
	"strings"
)

// children are the processes that pid has started and that haven't ended.
func children(pid int) []int {
	names, _ := readNames("/proc") // what could be read is looked at
	var out []int
	for _, name := range names {
		child, err := strconv.Atoi(name)
		if err != nil {
			continue
		}
		if parent, ended := look(child); parent == pid && !ended {
			out = append(out, child)
		}
	}
	return out
}

func readNames(dir string) ([]string, error) {
	d, err := os.Open(dir)
	if err != nil {
		return nil, err
	}
	defer d.Close()
	return d.Readdirnames(-1)
}

// gone reports whether a process has ended, whether anybody has asked for its exit
// code or not.
func gone(pid int) bool {
	_, ended := look(pid)
	return ended
}

// look reads /proc/PID/stat: after the name in parentheses, which may hold
// anything, come the state and the parent.
func look(pid int) (parent int, ended bool) {
	content, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if err != nil {
		return 0, true
	}
	columns := strings.Fields(string(content[strings.LastIndexByte(string(content), ')')+1:]))
	if len(columns) < 2 {
		return 0, true
	}
	parent, _ = strconv.Atoi(columns[1])
	return parent, columns[0] == "Z" || columns[0] == "X"
}

//go:build !linux

package nodes

import (
	"os/exec"
	"strconv"
	"strings"
)

// children are the processes that pid has started and that haven't ended.
func children(pid int) []int {
	var out []int
	for _, columns := range processes() {
		if columns[1] == strconv.Itoa(pid) && !strings.HasPrefix(columns[2], "Z") {
			child, _ := strconv.Atoi(columns[0])
			out = append(out, child)
		}
	}
	return out
}

// gone reports whether a process has ended, whether anybody has asked for its exit
// code or not.
func gone(pid int) bool {
	for _, columns := range processes() {
		if columns[0] == strconv.Itoa(pid) {
			return strings.HasPrefix(columns[2], "Z")
		}
	}
	return true
}

// processes are number, parent and state of all that there are, as ps says.
func processes() (all [][]string) {
	out, _ := exec.Command("ps", "-A", "-o", "pid=,ppid=,state=").Output()
	for line := range strings.Lines(string(out)) {
		if columns := strings.Fields(line); len(columns) == 3 {
			all = append(all, columns)
		}
	}
	return all
}

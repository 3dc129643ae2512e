package links

import (
	"os"
	"strconv"
	"strings"
)

// holds reports whether process pid has the socket open. One that is gone, or isn't
// ours to look into, hasn't.
func holds(pid int, inode string) bool {
	dir := "/proc/" + strconv.Itoa(pid) + "/fd"
	d, err := os.Open(dir)
	if err != nil {
		return false
	}
	names, _ := d.Readdirnames(-1) // what could be read is looked at
	_ = d.Close()
	for _, name := range names {
		if target, err := os.Readlink(dir + "/" + name); err == nil && target == "socket:["+inode+"]" {
			return true
		}
	}
	return false
}

// family is where a process comes from.
type family struct{ parent, group int }

// generations is how far up a process is looked for among others' children.
const generations = 64

// nodeOf says to which node a process belongs: because it is one of pids, is in the
// process group of one, or descends from one.
func nodeOf(pid int, pids map[int]string) (name string, ok bool) {
	for range generations {
		if name, ok = pids[pid]; ok {
			return name, true
		}
		f, there := familyOf(pid)
		if !there {
			return "", false
		}
		if name, ok = pids[f.group]; ok {
			return name, true
		}
		if pid = f.parent; pid <= 1 {
			return "", false
		}
	}
	return "", false
}

// processes are the ids of all that there are.
func processes() []int {
	d, err := os.Open("/proc")
	if err != nil {
		return nil
	}
	names, _ := d.Readdirnames(-1) // what could be read is looked at
	_ = d.Close()
	var all []int
	for _, name := range names {
		if pid, err := strconv.Atoi(name); err == nil {
			all = append(all, pid)
		}
	}
	return all
}

// familyOf reads /proc/PID/stat: after the name in parentheses, which may hold
// anything, come the state, the parent and the group.
func familyOf(pid int) (f family, ok bool) {
	content, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if err != nil {
		return f, false
	}
	columns := strings.Fields(string(content[strings.LastIndexByte(string(content), ')')+1:]))
	if len(columns) < 3 {
		return f, false
	}
	parent, errP := strconv.Atoi(columns[1])
	group, errG := strconv.Atoi(columns[2])
	return family{parent, group}, errP == nil && errG == nil
}

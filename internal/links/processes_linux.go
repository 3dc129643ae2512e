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

// relatives are the processes that belong to a node because they descend from one of
// its processes, or are in its process group.
func relatives(pids map[int]string) map[int]string {
	all, out := families(), map[int]string{}
	for pid := range all {
		if _, itself := pids[pid]; itself {
			continue
		}
		if name, ok := pids[all[pid].group]; ok {
			out[pid] = name
			continue
		}
		for up, steps := all[pid].parent, 0; up > 1 && steps < len(all); up, steps = all[up].parent, steps+1 {
			if name, ok := pids[up]; ok {
				out[pid] = name
				break
			}
		}
	}
	return out
}

// families of all processes that there are.
func families() map[int]family {
	d, err := os.Open("/proc")
	if err != nil {
		return nil
	}
	names, _ := d.Readdirnames(-1)
	_ = d.Close()
	all := map[int]family{}
	for _, name := range names {
		pid, err := strconv.Atoi(name)
		if err != nil {
			continue
		}
		if f, ok := familyOf(pid); ok {
			all[pid] = f
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

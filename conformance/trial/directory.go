package trial

import "fmt"

// DataDir is where node keeps its data; of a target that offers NeedDirectory.
func (s *Stage) DataDir(node string) (string, error) {
	dir := s.World.Config(node).DataDir
	if dir == "" {
		return "", Harness(fmt.Errorf("node %s has no data directory", node))
	}
	return dir, nil
}

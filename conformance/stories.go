package conformance

import (
	"embed"
	"io/fs"
)

//go:embed scripts/*.txt
var scripts embed.FS

// Stories are the scripts of every operation, a file each, for RunStories.
func Stories() fs.FS {
	sub, err := fs.Sub(scripts, "scripts")
	if err != nil {
		panic(err) // the name of an embedded directory can't be wrong
	}
	return sub
}

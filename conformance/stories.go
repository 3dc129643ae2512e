package conformance

import (
	"embed"
	"io/fs"
)

//go:embed scripts/*.txt scripts/long/*.txt
var scripts embed.FS

// Stories are the scripts of every operation, a file each, for RunStories.
func Stories() fs.FS { return scriptsIn("scripts") }

// LongStories are those that need tens of thousands of writes.
func LongStories() fs.FS { return scriptsIn("scripts/long") }

func scriptsIn(dir string) fs.FS {
	sub, err := fs.Sub(scripts, dir)
	if err != nil {
		panic(err) // the name of an embedded directory can't be wrong
	}
	return sub
}

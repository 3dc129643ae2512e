package report

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// The files of WriteDir.
const (
	JSONFile     = "report.json"
	MarkdownFile = "report.md"
	JUnitFile    = "junit.xml"
)

// WriteDir writes all forms into dir, which it makes if need be. Each file is
// there as a whole or as it was before.
func (r *Report) WriteDir(dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("the directory of reports: %w", err)
	}
	for _, form := range []struct {
		name  string
		write func(io.Writer) error
	}{
		{JSONFile, r.WriteJSON}, {MarkdownFile, r.WriteMarkdown}, {JUnitFile, r.WriteJUnit},
	} {
		if err := writeFile(filepath.Join(dir, form.name), form.write); err != nil {
			return err
		}
	}
	return nil
}

func writeFile(path string, write func(io.Writer) error) error {
	f, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*")
	if err != nil {
		return err
	}
	err = errors.Join(write(f), f.Chmod(0o644), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return errors.Join(fmt.Errorf("writing %s: %w", path, err), os.Remove(f.Name()))
	}
	return nil
}

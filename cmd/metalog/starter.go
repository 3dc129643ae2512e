package main

import (
	"bytes"
	"embed"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"text/template"
)

// starterFiles are the templates of a new plugin's files, each with .tmpl behind
// its name, so that the go command takes none for ours.
//
//go:embed all:starter
var starterFiles embed.FS

// starter is what the templates are filled in with.
type starter struct {
	Name     string // of the plugin
	Binary   string // its file
	Module   string
	Metalog  string // the module it requires
	Version  string // of that
	Released bool   // there is such a version
	Replace  string // a checkout to take its place; empty: none
}

// write makes dir and the files in it, whose names it returns.
func (s starter) write(dir string) ([]string, error) {
	var files []string
	root, err := fs.Sub(starterFiles, "starter")
	if err != nil {
		return nil, err
	}
	err = fs.WalkDir(root, ".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := s.fill(root, path)
		if err != nil {
			return err
		}
		file := strings.TrimSuffix(path, ".tmpl")
		files = append(files, file)
		return writeNew(filepath.Join(dir, file), content)
	})
	return files, err
}

// fill fills in one template. Its marks are [[ and ]]: CI's own are braces.
func (s starter) fill(root fs.FS, path string) ([]byte, error) {
	text, err := fs.ReadFile(root, path)
	if err != nil {
		return nil, err
	}
	t, err := template.New(path).Delims("[[", "]]").Option("missingkey=error").Parse(string(text))
	if err != nil {
		return nil, fmt.Errorf("template %s: %w", path, err)
	}
	var content bytes.Buffer
	err = t.Execute(&content, s)
	return content.Bytes(), err
}

func writeNew(path string, content []byte) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return err
	}
	if _, err := f.Write(content); err != nil {
		_ = f.Close()
		return err
	}
	return f.Close()
}

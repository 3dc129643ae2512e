package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"
	"go.yaml.in/yaml/v3"
)

// format is the value of --output.
type format string

const (
	formatTable format = "table"
	formatJSON  format = "json"
	formatYAML  format = "yaml"
)

func (f *format) String() string { return string(*f) }
func (f *format) Type() string   { return "format" }

func (f *format) Set(s string) error {
	switch format(s) {
	case formatTable, formatJSON, formatYAML:
		*f = format(s)
		return nil
	}
	return fmt.Errorf("%q isn't one of table, json, yaml", s)
}

// show prints data as JSON or YAML, or what text prints instead.
func (c *cli) show(data any, text func()) error {
	switch c.format {
	case formatJSON:
		return c.showJSON(data)
	case formatYAML:
		return c.showYAML(data)
	default:
		text()
		return nil
	}
}

func (c *cli) showJSON(data any) error {
	enc := json.NewEncoder(c.out)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(data)
}

// showYAML prints what showJSON would, so that both have the same keys.
func (c *cli) showYAML(data any) error {
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(data); err != nil {
		return err
	}
	var node yaml.Node
	if err := yaml.Unmarshal(buf.Bytes(), &node); err != nil {
		return err
	}
	blockStyle(&node)
	out := yaml.NewEncoder(c.out)
	out.SetIndent(2)
	if err := out.Encode(&node); err != nil {
		return err
	}
	return out.Close()
}

// blockStyle undoes JSON's braces and quotes; the encoder quotes again what
// needs it.
func blockStyle(n *yaml.Node) {
	n.Style = 0
	for _, child := range n.Content {
		blockStyle(child)
	}
}

// table prints rows under a header, aligned and without lines, so that it can
// be read by eye and by awk.
func (c *cli) table(header table.Row, rows []table.Row) {
	t := table.NewWriter()
	t.SetStyle(plainTable)
	t.AppendHeader(header)
	t.AppendRows(rows)
	for row := range strings.Lines(t.Render() + "\n") {
		fmt.Fprintln(c.out, strings.TrimRight(row, " \n"))
	}
}

var plainTable = func() table.Style {
	s := table.StyleDefault
	s.Options = table.OptionsNoBordersAndSeparators
	s.Box.PaddingLeft = ""
	s.Box.PaddingRight = "  "
	return s
}()

// line prints one sentence of data.
func (c *cli) line(format string, values ...any) {
	fmt.Fprintf(c.out, format+"\n", values...)
}

// note prints one sentence that isn't data.
func (c *cli) note(format string, values ...any) {
	fmt.Fprintf(c.err, format+"\n", values...)
}

package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// usagef is a mistake on the command line or in the configuration.
func usagef(format string, values ...any) error {
	return &failure{code: exitUsage, err: fmt.Errorf(format, values...)}
}

// knownCommand refuses the arguments of a group: each would be a sub-command.
func knownCommand(cmd *cobra.Command, given []string) error {
	if len(given) == 0 {
		return nil
	}
	var names []string
	for _, child := range cmd.Commands() {
		if child.IsAvailableCommand() {
			names = append(names, child.Name())
		}
	}
	return usagef("unknown command %q for %q%s. See: %s --help",
		given[0], cmd.CommandPath(), didYouMean(given[0], names), cmd.CommandPath())
}

// flagError explains a flag that didn't parse.
func flagError(cmd *cobra.Command, err error) error {
	var unknown *pflag.NotExistError
	if !errors.As(err, &unknown) {
		return usagef("%w. See: %s --help", err, cmd.CommandPath())
	}
	var names []string
	cmd.Flags().VisitAll(func(f *pflag.Flag) { names = append(names, f.Name) })
	hint := didYouMean(unknown.GetSpecifiedName(), names)
	if hint != "" {
		hint = fmt.Sprintf(" (did you mean --%s?)", closest(unknown.GetSpecifiedName(), names))
	}
	return usagef("%w%s. See: %s --help", err, hint, cmd.CommandPath())
}

// didYouMean is a hint to put behind an unknown word, or nothing.
func didYouMean(word string, known []string) string {
	if best := closest(word, known); best != "" {
		return fmt.Sprintf(" (did you mean %q?)", best)
	}
	return ""
}

// closest is the known word that begins so, or else the one with the fewest
// letters to change, if few enough that it is likely a slip.
func closest(word string, known []string) string {
	best, least := "", max(2, len(word)/3)+1
	for _, candidate := range known {
		if word != "" && strings.HasPrefix(candidate, word) {
			return candidate
		}
		if d := edits(word, candidate); d < least {
			best, least = candidate, d
		}
	}
	return best
}

// edits is how many letters to insert, delete or replace to get from a to b.
func edits(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			change := diagonal
			if a[i] != b[j] {
				change++
			}
			diagonal = row[j+1]
			row[j+1] = slices.Min([]int{change, row[j] + 1, row[j+1] + 1})
		}
	}
	return row[len(b)]
}

// required makes a command without one of these flags a usage error.
func required(cmd *cobra.Command, names ...string) {
	check := cmd.Args
	cmd.Args = func(cmd *cobra.Command, given []string) error {
		for _, name := range names {
			if !cmd.Flags().Changed(name) {
				return usagef("--%s is missing. Usage: %s", name, cmd.UseLine())
			}
		}
		return check(cmd, given)
	}
}

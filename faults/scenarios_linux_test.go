package faults_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/chronik-stream/metalog/faults"
)

// The selection of plain go test, and how long a fault takes there.
var selection = []string{"kill-leader", "freeze-leader", "partition-leader", "kill-all"}

const short = 3 * time.Second

// Every scenario, or the selection, breaks no promise.
func TestFaults(t *testing.T) {
	for number := range *rounds {
		for _, s := range faults.Scenarios() {
			if !*all && !slices.Contains(selection, s.Name) {
				continue
			}
			t.Run(fmt.Sprintf("%s/%d", s.Name, number), func(t *testing.T) {
				cfg := config(t, number)
				if !*all {
					cfg.Hold = short
				}
				play(t, cfg, s)
			})
		}
	}
}

func TestSelectionIsOfScenarios(t *testing.T) {
	names := map[string]bool{}
	for _, s := range faults.Scenarios() {
		require.False(t, names[s.Name], "%s is there twice", s.Name)
		names[s.Name] = true
	}
	for _, name := range selection {
		require.True(t, names[name], name)
	}
}

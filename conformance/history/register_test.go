package history_test

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/chronik-stream/metalog/conformance/history"
)

const patience = 10 * time.Second

func wrote(node, key, value string, call, back time.Duration) history.RegisterOp {
	return history.RegisterOp{Node: node, Key: key, Write: true, Value: value, Call: call, Return: back, Outcome: history.Acknowledged}
}

func saw(node, key, value string, call, back time.Duration) history.RegisterOp {
	return history.RegisterOp{Node: node, Key: key, Value: value, Call: call, Return: back, Outcome: history.Acknowledged}
}

func ended(op history.RegisterOp, outcome history.Outcome) history.RegisterOp {
	op.Outcome = outcome
	return op
}

func TestRegistersThatAreLinearizable(t *testing.T) {
	for name, ops := range map[string][]history.RegisterOp{
		"empty at first": {saw("n1", "k", "", 0, 1), wrote("n1", "k", "a", 2, 3), saw("n2", "k", "a", 4, 5)},
		"keys apart":     {wrote("n1", "k", "a", 0, 1), wrote("n1", "l", "b", 2, 3), saw("n1", "k", "a", 4, 5)},
		"touching is concurrent": {
			wrote("n1", "k", "a", 0, 1), wrote("n1", "k", "b", 2, 4), saw("n2", "k", "a", 4, 5),
		},
		"an unknown write that comes late": {
			ended(wrote("n1", "k", "a", 0, 0), history.Unknown), wrote("n1", "k", "b", 2, 3),
			saw("n2", "k", "b", 4, 5), saw("n2", "k", "a", 6, 7),
		},
		"an unknown write that never comes": {
			wrote("n1", "k", "b", 2, 3), ended(wrote("n1", "k", "a", 4, 5), history.Unknown), saw("n2", "k", "b", 8, 9),
		},
		"a refused write and a failed read say nothing": {
			wrote("n1", "k", "a", 0, 1), ended(wrote("n1", "k", "b", 2, 3), history.NotAppended),
			ended(saw("n2", "k", "z", 2, 3), history.Unknown), saw("n2", "k", "a", 4, 5),
		},
	} {
		t.Run(name, func(t *testing.T) {
			require.NoError(t, history.Linearizable(ops, patience, ""))
		})
	}
}

func TestRegistersThatAreNot(t *testing.T) {
	for name, ops := range map[string][]history.RegisterOp{
		"stale": {wrote("n1", "k", "a", 0, 1), wrote("n1", "k", "b", 2, 3), saw("n2", "k", "a", 4, 5)},
		"from nowhere": {
			wrote("n1", "k", "a", 0, 1), saw("n2", "k", "z", 4, 5),
		},
		"an unknown write that comes and goes": {
			ended(wrote("n1", "k", "a", 0, 1), history.Unknown), wrote("n1", "k", "b", 2, 3),
			saw("n2", "k", "a", 4, 5), saw("n2", "k", "b", 6, 7),
		},
		"an unknown write before its call": {
			saw("n2", "k", "a", 0, 1), ended(wrote("n1", "k", "a", 2, 3), history.Unknown),
		},
		"a refused write that is read": {
			ended(wrote("n1", "k", "b", 2, 3), history.NotAppended), saw("n2", "k", "b", 4, 5),
		},
	} {
		t.Run(name, func(t *testing.T) {
			picture := filepath.Join(t.TempDir(), "k.html")
			err := history.Linearizable(append(ops, wrote("n1", "another", "a", 0, 1)), patience, picture)
			require.ErrorIs(t, err, history.ErrNotLinearizable)
			require.ErrorContains(t, err, `key "k"`)
			require.ErrorContains(t, err, picture)
			html, err := os.ReadFile(picture)
			require.NoError(t, err)
			require.Contains(t, string(html), "n2 reads")
		})
	}
}

func TestAPictureThatCannotBeDrawnHidesNothing(t *testing.T) {
	ops := []history.RegisterOp{saw("n1", "k", "a", 0, 1)}
	err := history.Linearizable(ops, patience, filepath.Join(t.TempDir(), "no", "such", "place"))
	require.ErrorIs(t, err, history.ErrNotLinearizable)
	require.ErrorIs(t, err, os.ErrNotExist)
}

// hard is a key that takes porcupine longer than anybody waits.
func hard() []history.RegisterOp {
	ops := []history.RegisterOp{saw("r", "hard", "never written", 0, 100)}
	for i := range 40 {
		ops = append(ops, wrote(fmt.Sprint("n", i), "hard", fmt.Sprint(i), 0, 100))
	}
	return ops
}

func TestWhatCannotBeJudgedIsNoPass(t *testing.T) {
	require.ErrorIs(t, history.Linearizable(hard(), 50*time.Millisecond, ""), history.ErrUnjudged)
	require.ErrorIs(t, history.Linearizable(hard(), 0, ""), history.ErrUnjudged)
	require.ErrorIs(t, history.Linearizable(nil, patience, ""), history.ErrUnjudged)
	require.ErrorIs(t, history.Linearizable([]history.RegisterOp{saw("n1", "k", "", 2, 1)}, patience, ""), history.ErrUnjudged)
}

func TestAKeyThatCannotBeJudgedHidesNoOther(t *testing.T) {
	err := history.Linearizable(append(hard(), saw("n1", "k", "z", 0, 1)), time.Second, "")
	require.ErrorIs(t, err, history.ErrNotLinearizable)
	require.ErrorContains(t, err, `key "k"`)
}

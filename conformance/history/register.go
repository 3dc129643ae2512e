package history

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/anishathalye/porcupine"
)

// What Linearizable returns errors of. The first is the cluster's fault; the
// second says nothing of it.
var (
	ErrNotLinearizable = errors.New("not linearizable")
	ErrUnjudged        = errors.New("could not be judged")
)

// RegisterOp is one read or write of one register, which starts as "".
type RegisterOp struct {
	Node         string
	Key          string
	Write        bool
	Value        string // what was written, or read
	Call, Return time.Duration
	// A write of unknown outcome may take effect at any time from its call on, or
	// never; its Return says nothing. One that wasn't appended has none, and a read
	// that wasn't acknowledged says nothing.
	Outcome Outcome
}

func (op RegisterOp) String() string {
	verb := "reads"
	if op.Write {
		verb = "writes"
	}
	if op.Outcome == Acknowledged {
		return fmt.Sprintf("%s %s %q", op.Node, verb, op.Value)
	}
	return fmt.Sprintf("%s %s %q (%v)", op.Node, verb, op.Value, op.Outcome)
}

// Linearizable asks porcupine whether each key's operations are those of one
// register, a key after the other. It is for small histories: time and memory may
// grow exponentially with how many operations overlap, and patience bounds the
// time for one key. An error is ErrNotLinearizable of the first key that isn't,
// whose picture is then written to the file named picture ("": none), as HTML; or
// else ErrUnjudged, if patience ran out at a key or nothing was there to judge.
func Linearizable(ops []RegisterOp, patience time.Duration, picture string) error {
	keys, err := registers(ops)
	if err != nil {
		return err
	}
	if patience <= 0 {
		return fmt.Errorf("%w: no time to", ErrUnjudged)
	}
	var unjudged error
	for _, key := range slices.Sorted(maps.Keys(keys)) {
		verdict, info := porcupine.CheckOperationsVerbose(register, operations(keys[key]), patience)
		switch verdict {
		case porcupine.Ok:
		case porcupine.Illegal:
			return illegal(key, len(keys[key]), info, picture)
		default:
			unjudged = errors.Join(unjudged, fmt.Errorf("key %q: %w in %v: %d operations", key, ErrUnjudged, patience, len(keys[key])))
		}
	}
	return unjudged
}

// registers is what says something, by key.
func registers(ops []RegisterOp) (map[string][]RegisterOp, error) {
	keys := make(map[string][]RegisterOp)
	for _, op := range ops {
		open := op.Write && op.Outcome == Unknown
		if !open && op.Outcome != Acknowledged {
			continue
		}
		if !open && op.Return < op.Call {
			return nil, fmt.Errorf("%w: key %q: %v returned at %v, before it was called at %v", ErrUnjudged, op.Key, op, op.Return, op.Call)
		}
		keys[op.Key] = append(keys[op.Key], op)
	}
	if len(keys) == 0 {
		return nil, fmt.Errorf("%w: none of %d operations says anything", ErrUnjudged, len(ops))
	}
	return keys, nil
}

func illegal(key string, ops int, info porcupine.LinearizationInfo, picture string) error {
	err := fmt.Errorf("key %q: %w: no order of its %d operations explains what was read", key, ErrNotLinearizable, ops)
	if picture == "" {
		return err
	}
	if failed := porcupine.VisualizePath(register, info, picture); failed != nil {
		return errors.Join(err, fmt.Errorf("its picture: %w", failed))
	}
	return fmt.Errorf("%w; picture: %s", err, picture)
}

var register = porcupine.Model{
	Init: func() any { return "" },
	Step: func(state, input, _ any) (bool, any) {
		op := input.(RegisterOp)
		return op.Write || op.Value == state, op.Value
	},
	DescribeOperation: func(input, _ any) string { return input.(RegisterOp).String() },
	DescribeState:     func(state any) string { return fmt.Sprintf("%q", state) },
}

// operations are one key's as porcupine wants them. A node has a row in the
// picture, and so has each write that stays open until the end.
func operations(ops []RegisterOp) []porcupine.Operation {
	var end time.Duration
	for _, op := range ops {
		end = max(end, op.Call, op.Return)
	}
	rows := make(map[string]int)
	open := 0
	for _, op := range ops {
		if _, known := rows[op.Node]; !known {
			rows[op.Node] = len(rows)
		}
	}
	out := make([]porcupine.Operation, len(ops))
	for i, op := range ops {
		row, back := rows[op.Node], op.Return
		if op.Outcome == Unknown {
			row, back = len(rows)+open, end
			open++
		}
		out[i] = porcupine.Operation{ClientId: row, Input: op, Call: int64(op.Call), Return: int64(back)}
	}
	return out
}

package trial

import (
	"context"
	"errors"
	"fmt"
	"reflect"
)

// AwaitAmong is Machine.Await for a condition of several machines: it is asked
// after every change of any of them.
func AwaitAmong(ctx context.Context, what string, machines []*Machine, cond func() bool) error {
	for {
		cases := []reflect.SelectCase{{Dir: reflect.SelectRecv, Chan: reflect.ValueOf(ctx.Done())}}
		for _, m := range machines {
			changed, broken := m.watch()
			if broken != nil {
				return broken
			}
			cases = append(cases, reflect.SelectCase{Dir: reflect.SelectRecv, Chan: reflect.ValueOf(changed)})
		}
		if cond() {
			return nil
		}
		if i, _, _ := reflect.Select(cases); i == 0 && !cond() {
			return errors.Join(fmt.Errorf("%s didn't come to pass: %w", what, context.Cause(ctx)), describeAll(machines))
		}
	}
}

// watch returns what is closed at the next change, and the promise that was
// broken.
func (m *Machine) watch() (changed <-chan struct{}, broken error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.changed, m.broken
}

func describeAll(machines []*Machine) error {
	var all []error
	for _, m := range machines {
		all = append(all, fmt.Errorf("node %s: %s", m.node, m.describe()))
	}
	return errors.Join(all...)
}

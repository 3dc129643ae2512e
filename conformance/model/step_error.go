package model

import "fmt"

// StepError is a step that a subject didn't do as the model does.
type StepError struct {
	Index   int  // of the step; of the check that Run adds, the sequence's length
	Step    Step // itself
	Subject string
	Err     error
}

func (e *StepError) Error() string {
	if e.Subject == "" { // they disagree with each other
		return fmt.Sprintf("step %d, %s: %v", e.Index, e.Step, e.Err)
	}
	return fmt.Sprintf("step %d, %s: %s: %v", e.Index, e.Step, e.Subject, e.Err)
}

// Unwrap returns what was wrong.
func (e *StepError) Unwrap() error { return e.Err }

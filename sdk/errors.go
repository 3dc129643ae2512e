package sdk

import (
	"errors"
	"fmt"
	"time"
)

// Outcome says what the caller of Propose may believe after an error.
type Outcome uint8

// Unknown is the zero value on purpose: an error without an explicit outcome
// promises nothing (R8).
const (
	Unknown     Outcome = iota // it may be delivered, even after a restart
	NotAppended                // it will never be delivered, anywhere
)

func (o Outcome) String() string {
	if o == NotAppended {
		return "not appended"
	}
	return "unknown"
}

// Reason is the machine-readable cause of an Error.
type Reason uint8

// The first four mean NotAppended when Propose returns them; the terminal ones
// mean that no restart can help.
const (
	ReasonNoQuorum      Reason = iota + 1 // surely dropped: no leader or no majority
	ReasonOverloaded                      // try again after RetryAfter
	ReasonTooLarge                        // above MaxEntrySize
	ReasonUnsupported                     // not claimed
	ReasonTimeout                         // the deadline passed
	ReasonInternal                        // something broke
	ReasonClosed                          // the session ended
	ReasonConflict                        // a compare-and-set lost
	ReasonInvalidConfig                   // terminal; Field names the setting
	ReasonWrongData                       // terminal: a foreign, newer or half-wiped directory
	ReasonCorrupt                         // terminal: bytes that were durable are not what was written
	ReasonIncompatible                    // terminal: versions or limits that can't work together
	ReasonDiverged                        // terminal: the backend contradicts what it delivered before (R7)
)

var reasonNames = [...]string{
	ReasonNoQuorum: "no quorum", ReasonOverloaded: "overloaded", ReasonTooLarge: "too large",
	ReasonUnsupported: "unsupported", ReasonTimeout: "timeout", ReasonInternal: "internal",
	ReasonClosed: "closed", ReasonConflict: "conflict", ReasonInvalidConfig: "invalid config",
	ReasonWrongData: "wrong data", ReasonCorrupt: "corrupt", ReasonIncompatible: "incompatible",
	ReasonDiverged: "diverged",
}

func (r Reason) String() string {
	if r == 0 || int(r) >= len(reasonNames) {
		return "unspecified"
	}
	return reasonNames[r]
}

// Terminal reports whether opening again can't help.
func (r Reason) Terminal() bool {
	switch r {
	case ReasonInvalidConfig, ReasonWrongData, ReasonCorrupt, ReasonIncompatible, ReasonDiverged:
		return true
	default:
		return false
	}
}

// Error is a failure of replication: why, and what may be believed after it.
type Error struct {
	Reason     Reason
	Outcome    Outcome
	Message    string        // what, why and the next step, for people
	RetryAfter time.Duration // ReasonOverloaded: a hint; 0: the caller's choice
	Field      string        // ReasonInvalidConfig: the setting at fault
	Err        error         // the cause, on this side of the wall only
}

func (e *Error) Error() string {
	msg := e.Message
	if msg == "" {
		msg = e.Reason.String()
	}
	if e.Field != "" {
		msg = fmt.Sprintf("%s: %s", e.Field, msg)
	}
	if e.Err != nil {
		msg = fmt.Sprintf("%s: %v", msg, e.Err)
	}
	return msg
}

// Unwrap returns the cause. What the cause says of an outcome doesn't count: it
// may be that of another call.
func (e *Error) Unwrap() error {
	var inner *Error
	if errors.As(e.Err, &inner) {
		return cause{e.Err}
	}
	return e.Err
}

// cause is an error without its outcome.
type cause struct{ err error }

func (c cause) Error() string { return c.err.Error() }

func (c cause) Is(target error) bool {
	return target != ErrOutcomeUnknown && target != ErrNotAppended && errors.Is(c.err, target)
}

func (c cause) As(target any) bool { return errors.As(c.err, target) }

// Is makes every Error match the sentinel of its reason, and every one whose
// outcome is unknown match ErrOutcomeUnknown.
func (e *Error) Is(target error) bool {
	if target == ErrOutcomeUnknown {
		return e.Outcome == Unknown
	}
	if target == ErrNotAppended {
		return e.Outcome == NotAppended
	}
	s, ok := sentinels[e.Reason]
	return ok && s == target
}

// Sentinels for errors.Is, each defined here and nowhere else.
var (
	ErrOutcomeUnknown = errors.New("outcome unknown")
	ErrNotAppended    = errors.New("not appended")

	ErrNoQuorum      = errors.New("no quorum")
	ErrOverloaded    = errors.New("overloaded")
	ErrTooLarge      = errors.New("entry too large")
	ErrUnsupported   = errors.New("unsupported by the backend")
	ErrTimeout       = errors.New("timed out")
	ErrInternal      = errors.New("internal error of the backend")
	ErrClosed        = errors.New("backend closed")
	ErrConflict      = errors.New("changed meanwhile")
	ErrInvalidConfig = errors.New("invalid config")
	ErrWrongData     = errors.New("wrong data directory")
	ErrCorrupt       = errors.New("corrupt data")
	ErrIncompatible  = errors.New("incompatible")
	ErrDiverged      = errors.New("diverged")
)

var sentinels = map[Reason]error{
	ReasonNoQuorum: ErrNoQuorum, ReasonOverloaded: ErrOverloaded, ReasonTooLarge: ErrTooLarge,
	ReasonUnsupported: ErrUnsupported, ReasonTimeout: ErrTimeout, ReasonInternal: ErrInternal,
	ReasonClosed: ErrClosed, ReasonConflict: ErrConflict, ReasonInvalidConfig: ErrInvalidConfig,
	ReasonWrongData: ErrWrongData, ReasonCorrupt: ErrCorrupt, ReasonIncompatible: ErrIncompatible,
	ReasonDiverged: ErrDiverged,
}

// OutcomeOf says what err lets the caller of Propose believe. An error that
// says nothing leaves everything open.
func OutcomeOf(err error) Outcome {
	var e *Error
	if errors.As(err, &e) {
		return e.Outcome
	}
	return Unknown
}

// Terminal reports whether err means that opening again can't help.
func Terminal(err error) bool {
	var e *Error
	return errors.As(err, &e) && e.Reason.Terminal()
}

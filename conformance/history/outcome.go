package history

import "fmt"

// Outcome is what whoever wrote was told. The zero value promises nothing.
type Outcome uint8

// The outcomes.
const (
	Unknown      Outcome = iota // it may be in the log, or may come yet
	Acknowledged                // it is in the log
	NotAppended                 // it isn't, and never will be
)

var outcomes = [...]string{Unknown: "unknown", Acknowledged: "acknowledged", NotAppended: "not appended"}

func (o Outcome) valid() bool { return int(o) < len(outcomes) }

func (o Outcome) String() string {
	if !o.valid() {
		return fmt.Sprintf("outcome %d", uint8(o))
	}
	return outcomes[o]
}

// MarshalText is how files name it.
func (o Outcome) MarshalText() ([]byte, error) {
	if !o.valid() {
		return nil, fmt.Errorf("there is no outcome %d", uint8(o))
	}
	return []byte(outcomes[o]), nil
}

// UnmarshalText reads what MarshalText wrote.
func (o *Outcome) UnmarshalText(text []byte) error {
	for i, name := range outcomes {
		if name == string(text) {
			*o = Outcome(i)
			return nil
		}
	}
	return fmt.Errorf("there is no outcome %q", text)
}

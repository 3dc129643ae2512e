package options

import (
	"encoding/json"
	"fmt"
	"time"
)

// Duration is a time such as "250ms" in JSON.
type Duration time.Duration

// MarshalJSON writes it as text.
func (d Duration) MarshalJSON() ([]byte, error) { return json.Marshal(time.Duration(d).String()) }

// UnmarshalJSON reads text only: a number has no unit.
func (d *Duration) UnmarshalJSON(raw []byte) error {
	var text string
	if err := json.Unmarshal(raw, &text); err != nil {
		return err
	}
	parsed, err := time.ParseDuration(text)
	if err != nil {
		return fmt.Errorf("%q isn't a time such as 250ms", text)
	}
	*d = Duration(parsed)
	return nil
}

// Bound is what a setting may be.
type Bound struct {
	name               string
	value, least, most int64
	show               func(int64) string
}

// Time bounds a time.
func Time(name string, value Duration, least, most time.Duration) Bound {
	return Bound{name, int64(value), int64(least), int64(most), func(n int64) string { return time.Duration(n).String() }}
}

// Number bounds a number.
func Number[N int | int64 | uint64](name string, value N, least, most int64) Bound {
	return Bound{name, int64(value), least, most, func(n int64) string { return fmt.Sprint(n) }}
}

// Check refuses the first setting that is out of range.
func Check(bounds ...Bound) error {
	for _, b := range bounds {
		if b.value < b.least || b.value > b.most {
			return Invalid(b.name, "%s is out of range: %s to %s", b.show(b.value), b.show(b.least), b.show(b.most))
		}
	}
	return nil
}

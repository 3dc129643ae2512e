package peerport

import (
	"encoding/json"
	"fmt"
)

// KnownKey is under which a backend keeps what LoadKnown takes.
const KnownKey = "Acquaintances"

// LoadKnown takes what was stored under KnownKey, nil if nothing was, and stores what
// comes with set, which is durable when it returns. An error says that the value is
// damaged.
func LoadKnown(value []byte, set func(key, value []byte) error) (*Known, error) {
	var met Acquaintance
	if value != nil {
		if json.Unmarshal(value, &met) != nil || met.Directories == nil {
			return nil, fmt.Errorf("the directories of the other nodes can't be read: %q", value)
		}
	}
	return NewKnown(met, func(met Acquaintance) error {
		value, err := json.Marshal(met)
		if err != nil {
			return err
		}
		return set([]byte(KnownKey), value)
	}), nil
}

package dragonboat

import (
	"encoding/json"

	"github.com/chronik-stream/metalog/internal/boltlog"
	"github.com/chronik-stream/metalog/internal/peerport"
)

// keyAcquaintances is under which the directories of the other nodes are kept, as
// JSON.
var keyAcquaintances = []byte("Acquaintances")

// knownFile keeps whom this node has met, in the log's file.
type knownFile struct {
	log  *boltlog.Log
	path string
}

// load returns the other nodes as they are known.
func (k *knownFile) load() (*peerport.Known, error) {
	met := peerport.Acquaintance{Directories: map[string]string{}}
	value, found, err := k.log.Value(keyAcquaintances)
	if err != nil {
		return nil, err
	}
	if found {
		if err := json.Unmarshal(value, &met); err != nil || met.Directories == nil {
			return nil, boltlog.Corrupt(k.path, 0, "the directories of the other nodes: %v", err)
		}
	}
	return peerport.NewKnown(met, k.save), nil
}

func (k *knownFile) save(met peerport.Acquaintance) error {
	value, err := json.Marshal(met)
	if err != nil {
		return err
	}
	return k.log.Set(keyAcquaintances, value)
}

package sdk

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// unfinishedName lies in a directory that was made to take over another cluster's
// state, until the first of that is in its log.
const unfinishedName = "UNFINISHED"

// InitUnfinished is InitDirectory for a node that is to take over another cluster's
// state, and leaves a mark in the directory before it makes anything else there: as
// long as that is there, a node that is started on it would begin an empty cluster.
// Whoever starts nodes asks Unfinished before; Begun takes the mark away. Guard and
// backends don't look at it.
func InitUnfinished(cfg Config, id Identity, why string) error {
	return initDirectory(cfg, id, func() error {
		return replaceFile(filepath.Join(cfg.DataDir, unfinishedName), []byte(why+"\n"))
	})
}

// Begun takes the mark of InitUnfinished away, durably. To be called once the log
// itself says that the state is yet to come, or has come. It may be repeated.
func Begun(dir string) error {
	err := os.Remove(filepath.Join(dir, unfinishedName))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err == nil {
		err = syncDirectory(dir)
	}
	if err != nil {
		return notWritable(dir, err)
	}
	return nil
}

// Unfinished refuses, as ReasonWrongData, a directory that has InitUnfinished's mark.
// One that isn't there has none.
func Unfinished(dir string) error {
	why, err := os.ReadFile(filepath.Join(dir, unfinishedName))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return &Error{Reason: ReasonInternal, Message: "read " + dir, Err: err}
	}
	return wrongData("%s was made for %s, which was interrupted before it began: there is no state in it, "+
		"and a node on it would begin an empty cluster. Remove it, and do that again", dir, strings.TrimSpace(string(why)))
}

// Vacant refuses a directory that holds anything of a node's, as InitDirectory does,
// and makes none. It may change before InitDirectory looks.
func Vacant(dir string) error {
	there, err := isDirectory(dir)
	if err != nil || !there {
		return err
	}
	return vacant(dir)
}

func vacant(dir string) error {
	old, err := readIdentity(dir)
	if err != nil {
		return err
	}
	used, err := holdsData(dir)
	if err != nil {
		return err
	}
	if used || !old.isZero() {
		return wrongData("%s isn't empty: choose another directory", dir)
	}
	return nil
}

// Owner is whose a data directory is, and how it was made.
type Owner struct {
	Plugin    string
	ClusterID string
	NodeID    string
	Peers     []Peer // the other nodes, when it was made
}

// OwnerOf reads whose dir is, without a lock, and changes nothing. One that isn't a
// data directory is ReasonWrongData, a damaged one ReasonCorrupt.
func OwnerOf(dir string) (Owner, error) {
	ident, err := readIdentity(dir)
	if err != nil {
		return Owner{}, err
	}
	if ident.isZero() {
		return Owner{}, wrongData("%s has no IDENTITY: it isn't a data directory", dir)
	}
	return Owner{Plugin: ident.Plugin, ClusterID: ident.ClusterID, NodeID: ident.NodeID, Peers: ident.Peers}, nil
}

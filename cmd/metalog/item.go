package main

import (
	"fmt"

	"github.com/chronik-stream/metalog/metadata"
)

// itemView is one item of a request that was refused.
type itemView struct {
	Index int32  `json:"index"`
	Item  string `json:"item"`
	Code  string `json:"code"`
}

func (i itemView) String() string { return fmt.Sprintf("%s refused: %s", i.Item, i.Code) }

// refusedItems is a write of which some items were refused, and the rest done.
type refusedItems struct {
	what  string // is counted, in the plural
	all   int
	items []itemView
	codes []metadata.Code
}

// newRefusedItems names the items that failed by their words.
func newRefusedItems(what string, words []string, failed []metadata.ItemError) refusedItems {
	r := refusedItems{what: what, all: len(words)}
	for _, f := range failed {
		view := itemView{Index: f.Index, Code: f.Code.String(), Item: fmt.Sprintf("item %d", f.Index)}
		if int(f.Index) < len(words) {
			view.Item = words[f.Index]
		}
		r.items, r.codes = append(r.items, view), append(r.codes, f.Code)
	}
	return r
}

// none reports whether nothing at all was done.
func (r refusedItems) none() bool { return len(r.items) > 0 && len(r.items) == r.all }

// err is nil if no item was refused. Its exit code is that of a conflict if all
// those were conflicts.
func (r refusedItems) err() error {
	if len(r.items) == 0 {
		return nil
	}
	code := exitConflict
	for _, c := range r.codes {
		if codeOf(&metadata.Error{Code: c}) != exitConflict {
			code = exitError
		}
	}
	return &failure{code: code, err: fmt.Errorf("%d of %d %s refused: see above", len(r.items), r.all, r.what), next: r.next()}
}

func (r refusedItems) next() string {
	for _, c := range r.codes {
		if c == metadata.CodeUnknownTopicOrPartition || c == metadata.CodeUnknownTopicID {
			return "To see what there is: metalog topic list"
		}
	}
	return ""
}

package main

import (
	"context"
	"strings"

	"github.com/chronik-stream/metalog/metadata"
)

// bookkeeping is what a record holds beside what it is about: its key, which is
// printed before its values, and when it was touched.
var bookkeeping = map[string]bool{
	"name": true, "topic": true, "topic_id": true, "partition": true, "group": true, "resource": true, "kind": true,
	"created": true, "updated": true, "since": true, "registered": true, "committed": true, "committed_revision": true,
	"created_revision": true, "modified_revision": true, "revision": true,
}

// changeText is a change on one line: what became of which record, and its
// values.
func changeText(ctx context.Context, names *namer, c metadata.Change) string {
	key := c.Key()
	words := []string{changeSign(c), key.Noun.String(), keyText(ctx, names, key)}
	before, after := fieldsOf(viewRecord(ctx, names, c.Before)), fieldsOf(viewRecord(ctx, names, c.After))
	switch {
	case c.After == nil:
	case c.Before == nil:
		words = append(words, valueWords(key.Noun, after)...)
	default:
		words = append(words, differenceWords(before, after)...)
	}
	return strings.Join(words, " ")
}

func changeSign(c metadata.Change) string {
	switch {
	case c.After == nil:
		return "-"
	case c.Before == nil:
		return "+"
	default:
		return "~"
	}
}

// valueWords are a new record's values that say something. An id is a value of a
// topic only; elsewhere it is the key.
func valueWords(noun metadata.Noun, fields []field) (words []string) {
	for _, f := range fields {
		if bookkeeping[f.key] || f.empty() || f.key == "id" && noun != metadata.NounTopic {
			continue
		}
		words = append(words, f.String())
	}
	return words
}

// differenceWords are the values that changed, as key=old→new.
func differenceWords(before, after []field) (words []string) {
	old := map[string]string{}
	for _, f := range before {
		old[f.key] = f.text
	}
	for _, f := range after {
		if was, ok := old[f.key]; !bookkeeping[f.key] && (!ok || was != f.text) {
			words = append(words, f.key+"="+was+"→"+f.text)
		}
		delete(old, f.key)
	}
	for _, f := range before {
		if was, gone := old[f.key]; gone && !bookkeeping[f.key] {
			words = append(words, f.key+"="+was+"→")
		}
	}
	return words
}

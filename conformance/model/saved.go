package model

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
)

// savedFormat changes when an older build would misread what is saved.
const savedFormat = 1

// Saved is a sequence as a file keeps it, for Run to do it again. What Generate
// makes of a seed may change from build to build; what is saved doesn't.
type Saved struct {
	Seed  uint64 // Generate's, if that made it
	Note  string // for people: what became of it
	Steps Sequence
}

// savedFile is the form of the file.
type savedFile struct {
	Format int      `json:"format"`
	Seed   uint64   `json:"seed"`
	Note   string   `json:"note"`
	Steps  Sequence `json:"steps"`
}

// EncodeSequence writes s as JSON. What DecodeSequence would read otherwise than it
// is, such as a text that isn't UTF-8, is an error.
func EncodeSequence(s Saved) ([]byte, error) {
	full, err := json.Marshal(savedFile{savedFormat, s.Seed, s.Note, s.Steps})
	if err != nil {
		return nil, err
	}
	data, err := withoutNulls(full)
	if err != nil {
		return nil, err
	}
	if again, err := DecodeSequence(data); err != nil {
		return nil, err
	} else if !reflect.DeepEqual(again, s) {
		return nil, errors.New("the sequence holds what can't be saved as JSON")
	}
	return data, nil
}

// DecodeSequence reads what EncodeSequence wrote. It refuses another format,
// fields it doesn't know, and steps that aren't exactly one thing to do.
func DecodeSequence(data []byte) (Saved, error) {
	var head struct{ Format int }
	if err := json.Unmarshal(data, &head); err != nil {
		return Saved{}, fmt.Errorf("a saved sequence can't be read: %w", err)
	}
	if head.Format != savedFormat {
		return Saved{}, fmt.Errorf("a saved sequence has format %d, and this build reads %d", head.Format, savedFormat)
	}
	var f savedFile
	strict := json.NewDecoder(bytes.NewReader(data))
	strict.DisallowUnknownFields()
	if err := strict.Decode(&f); err != nil {
		return Saved{}, fmt.Errorf("a saved sequence can't be read: %w", err)
	}
	for i, s := range f.Steps {
		if err := s.validate(); err != nil {
			return Saved{}, fmt.Errorf("step %d of a saved sequence: %w", i, err)
		}
	}
	return Saved{Seed: f.Seed, Note: f.Note, Steps: f.Steps}, nil
}

// withoutNulls leaves out of an object what reading sets to nil anyway: of an
// operation, all that it isn't.
func withoutNulls(data []byte) ([]byte, error) {
	var v any
	exact := json.NewDecoder(bytes.NewReader(data))
	exact.UseNumber()
	if err := exact.Decode(&v); err != nil {
		return nil, err
	}
	dropNulls(v)
	return json.Marshal(v)
}

func dropNulls(v any) {
	switch v := v.(type) {
	case []any:
		for _, element := range v {
			dropNulls(element)
		}
	case map[string]any:
		for key, member := range v {
			if member == nil {
				delete(v, key)
			} else {
				dropNulls(member)
			}
		}
	}
}

//go:build !invariants

package metadata

import "github.com/chronik-stream/metalog/metadata/eventpb"

func checkOutcome(*eventpb.Event, uint64, *refusal, []ItemError) {}

package main

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/chronik-stream/metalog/client"
	"github.com/chronik-stream/metalog/metadata"
)

// ticket makes every attempt of a write the same write: the cluster answers the
// first, and repeats that answer to the others. Written ID@FIRST_REVISION.
type ticket struct {
	id    metadata.RequestID
	first uint64 // a revision seen before the first attempt
}

// ticketOf is the ticket of a write whose outcome isn't known, and why it isn't.
func ticketOf(err error) (t ticket, ok bool, cause error) {
	if u, ok := errors.AsType[*client.UnknownOutcome](err); ok {
		return ticket{id: u.RequestID, first: u.FirstRevision}, true, u.Err
	}
	return ticket{}, false, nil
}

// parseTicket reads ID@FIRST_REVISION. What is wrong with it is said of where it
// stood, such as "--request-id: ".
func parseTicket(where, s string) (ticket, error) {
	id, first, ok := strings.Cut(s, "@")
	if !ok {
		return ticket{}, usagef("%s%q isn't ID@FIRST_REVISION", where, s)
	}
	var t ticket
	var err error
	if t.id, err = metadata.ParseRequestID(id); err != nil {
		return ticket{}, usagef("%s%w", where, err)
	}
	if t.first, err = strconv.ParseUint(first, 10, 64); err != nil {
		return ticket{}, usagef("%s%q isn't a revision", where, first)
	}
	return t, nil
}

func (t ticket) String() string { return fmt.Sprintf("%s@%d", t.id, t.first) }

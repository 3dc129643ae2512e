// Package client talks to a remote node as if it were in this process: a Client
// is a metadata.Store, with the same errors.
//
// A write is made safe to repeat before it is first sent: it gets a request id,
// and the client first learns a revision to go with it. So the client can repeat
// it by itself where that helps, and tells the caller what to repeat where it
// doesn't (UnknownOutcome).
//
// A watch outlives its connection and the server at the other end: it goes on
// after what it has told last, or from the state if that is too long ago.
//
// What isn't promised: a list that takes several pages is put together from
// states that may differ, none of them older than the revision it carries.
package client

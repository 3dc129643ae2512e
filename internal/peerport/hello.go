package peerport

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"time"
)

// Whoever dials a node says who it is before anything else, and is told whom it
// has reached; then it says whether it is content with that. Each side can thus
// refuse the other by name (R16), before the engine hears of it:
//
//	dialer:   kind, its greeting
//	acceptor: its greeting
//	dialer:   its verdict
//
// A greeting is JSON after its length in two bytes.

const (
	helloTimeout = 5 * time.Second
	maxHello     = 8 << 10
)

// Greeting is who a node is. Unknown fields are those of later versions.
type Greeting struct {
	Cluster   string `json:"cluster,omitempty"`
	Node      string `json:"node,omitempty"`
	Directory string `json:"directory,omitempty"` // tells a node from one that took its name on another disk
}

// message is a greeting, or a verdict, as it is sent.
type message struct {
	Greeting
	To       string `json:"to,omitempty"`       // whom the dialer means; empty: whoever is there
	Refusal  string `json:"refusal,omitempty"`  // why the other is refused
	Replaced bool   `json:"replaced,omitempty"` // refused because its name is another directory's
}

// introduce is the dialer's side. It returns the other's name.
func introduce(conn net.Conn, k Kind, me message, others Acquaintances) (string, error) {
	if err := conn.SetDeadline(time.Now().Add(helloTimeout)); err != nil {
		return "", err
	}
	if err := sendGreeting(conn, []byte{byte(k)}, me); err != nil {
		return "", err
	}
	other, err := receiveGreeting(conn)
	if err != nil {
		return "", fmt.Errorf("no greeting from the other side, which may not be a node of this kind: %w", err)
	}
	if other.Refusal != "" {
		return "", &RefusedError{By: other.Node, Reason: other.Refusal, Replaced: other.Replaced}
	}
	refusal := judge(me.Greeting, other.Greeting, others)
	if refusal == nil && me.To != "" && other.Node != me.To {
		refusal = &RefusedError{Reason: fmt.Sprintf("%s is node %q, not %q: correct the member's address", conn.RemoteAddr(), other.Node, me.To)}
	}
	if err := sendGreeting(conn, nil, verdict(me.Greeting, refusal)); err != nil {
		return "", err
	}
	if refusal != nil {
		return "", refusal
	}
	return other.Node, conn.SetDeadline(time.Time{})
}

// welcome is the acceptor's side, after the first byte.
func welcome(conn net.Conn, me Greeting, others Acquaintances) (string, error) {
	other, err := receiveGreeting(conn)
	if err != nil {
		return "", err
	}
	refusal := judge(me, other.Greeting, others)
	if refusal == nil && other.To != "" && other.To != me.Node {
		refusal = &RefusedError{Reason: fmt.Sprintf("this is node %q, not %q: correct the member's address", me.Node, other.To)}
	}
	if err := sendGreeting(conn, nil, verdict(me, refusal)); err != nil {
		return "", err
	}
	if refusal != nil {
		return "", refusal
	}
	final, err := receiveGreeting(conn)
	if err != nil {
		return "", err
	}
	if final.Refusal != "" {
		return "", &RefusedError{By: other.Node, Reason: final.Refusal, Replaced: final.Replaced}
	}
	return other.Node, conn.SetDeadline(time.Time{})
}

func verdict(me Greeting, refusal *RefusedError) message {
	m := message{Greeting: me}
	if refusal != nil {
		m.Refusal, m.Replaced = refusal.Reason, refusal.Replaced
	}
	return m
}

func judge(me, other Greeting, others Acquaintances) *RefusedError {
	switch {
	case other.Cluster != me.Cluster:
		return &RefusedError{Reason: fmt.Sprintf("node %q belongs to cluster %q, and this is one of cluster %q: "+
			"correct the address, or init that node anew with this cluster's id", other.Node, other.Cluster, me.Cluster)}
	case other.Node == me.Node && other.Directory != me.Directory:
		return &RefusedError{Reason: fmt.Sprintf("two nodes are called %q: stop one of them", me.Node)}
	}
	return others.Admit(other.Node, other.Directory)
}

func sendGreeting(w io.Writer, first []byte, g message) error {
	body, err := json.Marshal(g)
	if err != nil {
		return err
	}
	if len(body) > maxHello {
		return errors.New("the greeting is too long: give the cluster and the nodes shorter names")
	}
	_, err = w.Write(append(binary.BigEndian.AppendUint16(first, uint16(len(body))), body...))
	return err
}

func receiveGreeting(r io.Reader) (g message, err error) {
	var length [2]byte
	if _, err := io.ReadFull(r, length[:]); err != nil {
		return g, err
	}
	n := binary.BigEndian.Uint16(length[:])
	if n > maxHello {
		return g, fmt.Errorf("a greeting of %d bytes: at most %d are allowed", n, maxHello)
	}
	body := make([]byte, n)
	if _, err := io.ReadFull(r, body); err != nil {
		return g, err
	}
	if err := json.Unmarshal(body, &g); err != nil {
		return g, fmt.Errorf("a greeting that isn't one: %w", err)
	}
	return g, nil
}

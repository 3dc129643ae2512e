package conformance

import (
	"context"
	"fmt"
	"strings"

	"github.com/chronik-stream/metalog/metadata"
)

// put-group ID STATE [gen=G] [expect=GENERATION] [expect-state=STATE] [type=T]
// [protocol=P] [leader=M]
// [member=ID@INSTANCE:TOPIC,TOPIC;METADATA;ASSIGNMENT;CLIENT_ID;CLIENT_HOST]...
// Of a member only the id must be there, and @N for metadata or assignment is N
// letters. expect is none by default.
func readPutGroup(s *teller, w *words) write {
	spec := metadata.GroupSpec{
		ExpectedGeneration: int32(w.number("expect", int64(metadata.NoGeneration))),
		Generation:         int32(w.number("gen", 0)),
		ProtocolType:       w.value(w.text("type")),
		ProtocolName:       w.text("protocol"),
		Leader:             w.text("leader"),
	}
	if text, ok := w.optional("expect-state"); ok {
		spec.ExpectedState = w.groupState(text)
	}
	for _, text := range w.all("member") {
		spec.Members = append(spec.Members, w.member(text))
	}
	spec.ID = w.value(w.next())
	spec.State = w.groupState(w.next())
	return write{
		held: metadata.BatchOperation{PutGroup: &spec},
		do: func(ctx context.Context, opts []metadata.WriteOption) (metadata.Written, metadata.Response, error) {
			return plain(s.target.Store.PutGroup(ctx, spec, opts...))
		},
	}
}

// groupStates are the states by their first word.
var groupStates = map[string]metadata.GroupState{
	"empty":      metadata.GroupEmpty,
	"preparing":  metadata.GroupPreparingRebalance,
	"completing": metadata.GroupCompletingRebalance,
	"stable":     metadata.GroupStable,
	"dead":       metadata.GroupDead,
}

// groupState reads a state by name, or by number.
func (w *words) groupState(text string) metadata.GroupState {
	if state, ok := groupStates[text]; ok {
		return state
	}
	return metadata.GroupState(w.parse(text))
}

func (w *words) member(text string) metadata.GroupMember {
	parts := append(strings.Split(text, ";"), "", "", "", "")
	name, topics, _ := strings.Cut(parts[0], ":")
	m := metadata.GroupMember{
		Metadata: []byte(w.value(parts[1])), Assignment: []byte(w.value(parts[2])), ClientID: parts[3], ClientHost: parts[4],
	}
	m.ID, m.InstanceID, _ = strings.Cut(name, "@")
	if topics != "" {
		m.Topics = strings.Split(topics, ",")
	}
	return m
}

// delete-group ID
func readDeleteGroup(s *teller, w *words) write {
	group := w.value(w.next())
	return write{
		held: metadata.BatchOperation{DeleteGroup: &metadata.GroupRef{ID: group}},
		do: func(ctx context.Context, opts []metadata.WriteOption) (metadata.Written, metadata.Response, error) {
			return plain(s.target.Store.DeleteGroup(ctx, group, opts...))
		},
	}
}

func readGroup(s *teller, w *words) call {
	group := w.next()
	return func(ctx context.Context) (string, error) {
		got, err := s.target.Store.Group(ctx, group)
		return shown(got, err, showGroup)
	}
}

func readGroups(s *teller, _ *words) call {
	return func(ctx context.Context) (string, error) {
		got, err := s.target.Store.Groups(ctx)
		return shown(got, err, listed("groups", showGroup))
	}
}

func showGroup(g *metadata.Group) string {
	var out strings.Builder
	fmt.Fprintf(&out, "%s %s gen=%d", showValue(g.ID), g.State, g.Generation)
	for _, f := range [][2]string{{"type", g.ProtocolType}, {"protocol", g.ProtocolName}, {"leader", g.Leader}} {
		if f[1] != "" {
			fmt.Fprintf(&out, " %s=%s", f[0], showValue(f[1]))
		}
	}
	for _, m := range g.Members {
		out.WriteString(" " + showMember(m))
	}
	fmt.Fprintf(&out, " since=%s created=@%d @%d", showTime(g.StateMS), g.CreatedRevision, g.ModifiedRevision)
	return out.String()
}

// showMember writes a member as put-group reads it.
func showMember(m metadata.GroupMember) string {
	name := m.ID
	if m.InstanceID != "" {
		name += "@" + m.InstanceID
	}
	if len(m.Topics) > 0 {
		name += ":" + strings.Join(m.Topics, ",")
	}
	parts := []string{name, showOpaque(m.Metadata), showOpaque(m.Assignment), m.ClientID, m.ClientHost}
	return strings.TrimRight(strings.Join(parts, ";"), ";")
}

func showOpaque(b []byte) string {
	if len(b) == 0 {
		return ""
	}
	return showValue(string(b))
}

package metadata

import (
	"math"
	"slices"
	"strings"

	"github.com/chronik-stream/metalog/metadata/eventpb"
)

// NewAlterConfigs is T3 as an event.
func NewAlterConfigs(spec ConfigSpec) *eventpb.Event {
	m := &eventpb.AlterConfigs{
		ResourceType: eventpb.ResourceType(spec.Resource.Type),
		Resource:     spec.Resource.Name,
		Replace:      spec.Replace,
	}
	for _, op := range spec.Ops {
		m.Ops = append(m.Ops, &eventpb.ConfigOp{
			Kind:  eventpb.ConfigOp_Kind(op.Kind),
			Key:   op.Key,
			Value: cloneOptional(op.Value),
		})
	}
	return &eventpb.Event{Command: &eventpb.Event_AlterConfigs{AlterConfigs: m}}
}

type alterConfigs struct{ m *eventpb.AlterConfigs }

func (c alterConfigs) encode(e *encoder) {
	e.int(int64(c.m.GetResourceType()))
	e.str(c.m.GetResource())
	e.list(len(c.m.GetOps()))
	for _, op := range c.m.GetOps() {
		e.int(int64(op.GetKind()))
		e.str(op.GetKey())
		e.optionalStr(op.Value)
	}
	e.bool(c.m.GetReplace())
}

func (c alterConfigs) check(s *State) *refusal {
	resource := c.resource()
	if r := s.checkResource(resource); r != nil {
		return r
	}
	if r := checkOps(c.m.GetOps()); r != nil {
		return r
	}
	for _, op := range c.m.GetOps() {
		if r := checkListOp(resource.Type, op); r != nil {
			return r
		}
	}
	return checkConfigs(resource.Type, c.result(s.configsOf(resource)))
}

func (c alterConfigs) apply(d *Draft) (Response, *refusal) {
	resource := c.resource()
	before := d.state.configsOf(resource)
	after := c.result(before)
	if slices.Equal(before, after) {
		return Response{}, nil
	}
	if resource.Type == ResourceTopic {
		t := *d.state.topics.get(resource.Name).topic
		t.Configs = after
		t.UpdatedMS, t.ModifiedRevision = d.now, d.revision
		d.setTopic(&t)
		return Response{}, nil
	}
	d.replaceConfigs(resource, after)
	return Response{}, nil
}

func (d *Draft) replaceConfigs(resource Resource, after Configs) {
	if len(after) == 0 {
		d.deleteConfig(resource)
		return
	}
	next := &ConfigRecord{
		Resource:         resource,
		Configs:          after,
		CreatedRevision:  d.revision,
		ModifiedRevision: d.revision,
	}
	if old := d.state.config(resource); old != nil {
		next.CreatedRevision = old.CreatedRevision
	}
	d.setConfig(next)
}

// resource turns a type that doesn't exist into one that doesn't exist either.
func (c alterConfigs) resource() Resource {
	r := Resource{Name: c.m.GetResource()}
	if t := c.m.GetResourceType(); t >= 0 && t <= math.MaxUint8 {
		r.Type = ResourceType(t)
	}
	return r
}

func checkOps(ops []*eventpb.ConfigOp) *refusal {
	seen := make(map[string]struct{}, len(ops))
	for _, op := range ops {
		if _, twice := seen[op.GetKey()]; twice {
			return refuse(CodeInvalidRequest, "config %s is changed twice in one request: change it once", quote(op.GetKey()))
		}
		seen[op.GetKey()] = struct{}{}
		switch op.GetKind() {
		case eventpb.ConfigOp_KIND_DELETE:
		case eventpb.ConfigOp_KIND_SET, eventpb.ConfigOp_KIND_APPEND, eventpb.ConfigOp_KIND_SUBTRACT:
			if op.Value == nil {
				return refuse(CodeInvalidRequest, "config %s has no value: give one, or delete the key", quote(op.GetKey()))
			}
		default:
			return refuse(CodeInvalidRequest, "operation %d on config %s isn't one: set, delete, append or subtract", int32(op.GetKind()), quote(op.GetKey()))
		}
	}
	return nil
}

func checkListOp(t ResourceType, op *eventpb.ConfigOp) *refusal {
	if op.GetKind() != eventpb.ConfigOp_KIND_APPEND && op.GetKind() != eventpb.ConfigOp_KIND_SUBTRACT {
		return nil
	}
	rule := ruleOf(t, op.GetKey())
	if rule == nil {
		return unknownConfig(t, op.GetKey())
	}
	if rule.kind != typeList {
		return refuse(CodeInvalidConfig, "config %s isn't a list, so nothing can be appended to it or subtracted from it: set it", quote(op.GetKey()))
	}
	return nil
}

// result is what the ops, which checkOps has seen, make of before.
func (c alterConfigs) result(before Configs) Configs {
	named := make(map[string]struct{}, len(c.m.GetOps()))
	var after Configs
	for _, op := range c.m.GetOps() {
		named[op.GetKey()] = struct{}{}
		if value, set := c.resultOf(op, before); set {
			after = append(after, Config{Key: op.GetKey(), Value: value})
		}
	}
	if !c.m.GetReplace() {
		for _, kept := range before {
			if _, changed := named[kept.Key]; !changed {
				after = append(after, kept)
			}
		}
	}
	slices.SortFunc(after, func(a, b Config) int { return strings.Compare(a.Key, b.Key) })
	return after
}

func (c alterConfigs) resultOf(op *eventpb.ConfigOp, before Configs) (value string, set bool) {
	switch op.GetKind() {
	case eventpb.ConfigOp_KIND_SET:
		return op.GetValue(), true
	case eventpb.ConfigOp_KIND_DELETE:
		return "", false
	default:
		return c.listAfter(op, before)
	}
}

// listAfter is the list that op, which appends or subtracts, changes. One that
// stays the same isn't written, not even in another form.
func (c alterConfigs) listAfter(op *eventpb.ConfigOp, before Configs) (value string, set bool) {
	old, had := before.Get(op.GetKey())
	if !had {
		old = ruleOf(c.resource().Type, op.GetKey()).fallback
	}
	list := splitList(old)
	after := slices.Clone(list)
	for _, v := range splitList(op.GetValue()) {
		at := slices.Index(after, v)
		switch {
		case op.GetKind() == eventpb.ConfigOp_KIND_APPEND && at < 0:
			after = append(after, v)
		case op.GetKind() == eventpb.ConfigOp_KIND_SUBTRACT && at >= 0:
			after = slices.Delete(after, at, at+1)
		}
	}
	if !slices.Equal(list, after) {
		return strings.Join(after, ","), true
	}
	return old, had
}

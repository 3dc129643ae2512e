package conformance

import (
	"context"
	"fmt"
	"strings"

	"github.com/chronik-stream/metalog/metadata"
)

// alter-configs RESOURCE [replace] {set K=V | append K=V | subtract K=V | delete K}...
// A key without = has a null value; op=N K=V is an operation by number.
func readAlterConfigs(s *teller, w *words) write {
	spec := metadata.ConfigSpec{Resource: w.resource(w.next()), Replace: w.flag("replace")}
	for len(w.rest) > 0 && w.err == nil {
		spec.Ops = append(spec.Ops, w.configOp())
	}
	return write{
		held: metadata.BatchOperation{AlterConfigs: &spec},
		do: func(ctx context.Context, opts []metadata.WriteOption) (metadata.Written, metadata.Response, error) {
			return plain(s.target.Store.AlterConfigs(ctx, spec, opts...))
		},
	}
}

var configOps = map[string]metadata.ConfigOpKind{
	"set":      metadata.ConfigSet,
	"delete":   metadata.ConfigDelete,
	"append":   metadata.ConfigAppend,
	"subtract": metadata.ConfigSubtract,
}

func (w *words) configOp() metadata.ConfigOp {
	verb := w.next()
	kind, ok := configOps[verb]
	if !ok {
		kind = metadata.ConfigOpKind(w.parse(strings.TrimPrefix(verb, "op=")))
	}
	key, value, set := strings.Cut(w.next(), "=")
	op := metadata.ConfigOp{Kind: kind, Key: key}
	if set {
		value = w.value(value)
		op.Value = &value
	}
	return op
}

func readConfigs(s *teller, w *words) call {
	resource := w.resource(w.next())
	return func(ctx context.Context) (string, error) {
		got, err := s.target.Store.Configs(ctx, resource)
		return shown(got, err, func(all metadata.Configs) string { return listed("configs", showConfig)(all) })
	}
}

func showConfig(c metadata.Config) string { return c.Key + "=" + showValue(c.Value) }

func showConfigRecord(r *metadata.ConfigRecord) string {
	texts := []string{strings.TrimSuffix(r.Resource.Type.String()+"/"+r.Resource.Name, "/")}
	for _, c := range r.Configs {
		texts = append(texts, showConfig(c))
	}
	return fmt.Sprintf("%s created=@%d @%d", strings.Join(texts, " "), r.CreatedRevision, r.ModifiedRevision)
}

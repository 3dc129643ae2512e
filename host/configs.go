package host

import (
	"context"

	"github.com/chronik-stream/metalog/metadata"
)

// AlterConfigs is metadata.ConfigStore's.
func (n nouns) AlterConfigs(ctx context.Context, spec metadata.ConfigSpec, opts ...metadata.WriteOption) (metadata.Written, error) {
	return n.written(ctx, metadata.NewAlterConfigs(spec), opts)
}

// Configs is metadata.ConfigStore's.
func (n nouns) Configs(ctx context.Context, resource metadata.Resource, opts ...metadata.ReadOption) (metadata.Read[metadata.Configs], error) {
	s, stale, err := n.state(ctx, opts)
	if err != nil {
		return metadata.Read[metadata.Configs]{}, err
	}
	c, err := s.Configs(resource)
	return value(s, stale, c, err)
}

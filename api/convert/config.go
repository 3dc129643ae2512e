package convert

import (
	metalogv1 "github.com/chronik-stream/metalog/api/metalog/v1"
	"github.com/chronik-stream/metalog/metadata"
)

// ConfigsProto keeps the order, which is by key.
func ConfigsProto(cs metadata.Configs) []*metalogv1.Config {
	return each(cs, func(c metadata.Config) *metalogv1.Config {
		return &metalogv1.Config{Key: c.Key, Value: c.Value}
	})
}

// Configs keeps the order, which is by key.
func Configs(ps []*metalogv1.Config) metadata.Configs {
	return each(ps, func(p *metalogv1.Config) metadata.Config {
		return metadata.Config{Key: p.GetKey(), Value: p.GetValue()}
	})
}

func configValueProto(c metadata.ConfigValue) *metalogv1.ConfigValue {
	return &metalogv1.ConfigValue{Key: c.Key, Value: c.Value}
}

func configValue(p *metalogv1.ConfigValue) metadata.ConfigValue {
	return metadata.ConfigValue{Key: p.GetKey(), Value: p.Value}
}

func configOpProto(op metadata.ConfigOp) *metalogv1.ConfigOp {
	return &metalogv1.ConfigOp{Kind: enumProto[metalogv1.ConfigOpKind](op.Kind), Key: op.Key, Value: op.Value}
}

func configOp(p *metalogv1.ConfigOp) metadata.ConfigOp {
	return metadata.ConfigOp{Kind: enumPlain[metadata.ConfigOpKind](p.GetKind()), Key: p.GetKey(), Value: p.Value}
}

// ResourceProto names a configuration.
func ResourceProto(r metadata.Resource) *metalogv1.Resource {
	return &metalogv1.Resource{Type: enumProto[metalogv1.ResourceType](r.Type), Name: r.Name}
}

// Resource names a configuration.
func Resource(p *metalogv1.Resource) metadata.Resource {
	return metadata.Resource{Type: enumPlain[metadata.ResourceType](p.GetType()), Name: p.GetName()}
}

// AlterConfigsRequest asks for changes of one resource.
func AlterConfigsRequest(spec metadata.ConfigSpec, o metadata.WriteOptions) *metalogv1.AlterConfigsRequest {
	return &metalogv1.AlterConfigsRequest{
		Resource: ResourceProto(spec.Resource), Ops: each(spec.Ops, configOpProto), Replace: spec.Replace, Options: WriteOptionsProto(o),
	}
}

// ConfigSpec reads what is to change.
func ConfigSpec(p *metalogv1.AlterConfigsRequest) metadata.ConfigSpec {
	return metadata.ConfigSpec{
		Resource: Resource(p.GetResource()), Ops: each(p.GetOps(), configOp), Replace: p.GetReplace(),
	}
}

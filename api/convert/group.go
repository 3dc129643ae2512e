package convert

import (
	metalogv1 "github.com/chronik-stream/metalog/api/metalog/v1"
	"github.com/chronik-stream/metalog/metadata"
)

// GroupProto is a group for the wire.
func GroupProto(g *metadata.Group) *metalogv1.Group {
	return &metalogv1.Group{
		Group:            g.ID,
		State:            enumProto[metalogv1.GroupState](g.State),
		Generation:       g.Generation,
		ProtocolType:     g.ProtocolType,
		ProtocolName:     g.ProtocolName,
		Leader:           g.Leader,
		Members:          each(g.Members, memberProto),
		StateMs:          g.StateMS,
		CreatedRevision:  g.CreatedRevision,
		ModifiedRevision: g.ModifiedRevision,
	}
}

// Group is a group from the wire.
func Group(p *metalogv1.Group) (*metadata.Group, error) {
	return &metadata.Group{
		ID:               p.GetGroup(),
		State:            enumPlain[metadata.GroupState](p.GetState()),
		Generation:       p.GetGeneration(),
		ProtocolType:     p.GetProtocolType(),
		ProtocolName:     p.GetProtocolName(),
		Leader:           p.GetLeader(),
		Members:          each(p.GetMembers(), member),
		StateMS:          p.GetStateMs(),
		CreatedRevision:  p.GetCreatedRevision(),
		ModifiedRevision: p.GetModifiedRevision(),
	}, nil
}

// Groups stops at the first group that can't be read.
func Groups(ps []*metalogv1.Group) ([]*metadata.Group, error) { return eachErr(ps, Group) }

func memberProto(m metadata.GroupMember) *metalogv1.GroupMember {
	return &metalogv1.GroupMember{
		MemberId:   m.ID,
		InstanceId: m.InstanceID,
		ClientId:   m.ClientID,
		ClientHost: m.ClientHost,
		Topics:     m.Topics,
		Metadata:   m.Metadata,
		Assignment: m.Assignment,
	}
}

func member(p *metalogv1.GroupMember) metadata.GroupMember {
	return metadata.GroupMember{
		ID:         p.GetMemberId(),
		InstanceID: p.GetInstanceId(),
		ClientID:   p.GetClientId(),
		ClientHost: p.GetClientHost(),
		Topics:     p.GetTopics(),
		Metadata:   p.GetMetadata(),
		Assignment: p.GetAssignment(),
	}
}

// PutGroupRequest asks for the group of spec.
func PutGroupRequest(spec metadata.GroupSpec, o metadata.WriteOptions) *metalogv1.PutGroupRequest {
	return &metalogv1.PutGroupRequest{
		Group:              spec.ID,
		ExpectedGeneration: spec.ExpectedGeneration,
		ExpectedState:      enumProto[metalogv1.GroupState](spec.ExpectedState),
		Generation:         spec.Generation,
		State:              enumProto[metalogv1.GroupState](spec.State),
		ProtocolType:       spec.ProtocolType,
		ProtocolName:       spec.ProtocolName,
		Leader:             spec.Leader,
		Members:            each(spec.Members, memberProto),
		Options:            WriteOptionsProto(o),
	}
}

// GroupSpec is the group that a request asks for.
func GroupSpec(p *metalogv1.PutGroupRequest) metadata.GroupSpec {
	return metadata.GroupSpec{
		ID:                 p.GetGroup(),
		ExpectedGeneration: p.GetExpectedGeneration(),
		ExpectedState:      enumPlain[metadata.GroupState](p.GetExpectedState()),
		Generation:         p.GetGeneration(),
		State:              enumPlain[metadata.GroupState](p.GetState()),
		ProtocolType:       p.GetProtocolType(),
		ProtocolName:       p.GetProtocolName(),
		Leader:             p.GetLeader(),
		Members:            each(p.GetMembers(), member),
	}
}

// DeleteGroupRequest asks for the end of a group.
func DeleteGroupRequest(group string, o metadata.WriteOptions) *metalogv1.DeleteGroupRequest {
	return &metalogv1.DeleteGroupRequest{Group: group, Options: WriteOptionsProto(o)}
}

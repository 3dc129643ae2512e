package server

import (
	"cmp"
	"context"
	"slices"
	"sync"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"

	metalogv1 "github.com/chronik-stream/metalog/api/metalog/v1"
)

// askTimeout is how long another node may take to say how it is.
const askTimeout = time.Second

// GetClusterStatus asks all members at once. A backend that names none has this
// node only.
func (a *admin) GetClusterStatus(ctx context.Context, _ *metalogv1.GetClusterStatusRequest) (*metalogv1.GetClusterStatusResponse, error) {
	own := a.server.status()
	members := own.GetMembers()
	if !slices.ContainsFunc(members, func(m *metalogv1.Member) bool { return m.GetNode() == own.GetNode() }) {
		members = append(slices.Clone(members), &metalogv1.Member{Node: own.GetNode()})
	}
	nodes := make([]*metalogv1.NodeStatus, len(members))
	var asking sync.WaitGroup
	for i, m := range members {
		if m.GetNode() == own.GetNode() {
			nodes[i] = &metalogv1.NodeStatus{Member: m, Status: own}
			continue
		}
		asking.Go(func() { nodes[i] = ask(ctx, m, own.GetCluster()) })
	}
	asking.Wait()
	slices.SortFunc(nodes, func(a, b *metalogv1.NodeStatus) int {
		return cmp.Compare(a.GetMember().GetNode(), b.GetMember().GetNode())
	})
	return &metalogv1.GetClusterStatusResponse{Nodes: nodes, Answered: own.GetNode()}, nil
}

// ask has a member say how it is, at the address that it has announced. Another
// node that has taken the address since is as good as none.
func ask(ctx context.Context, m *metalogv1.Member, cluster string) *metalogv1.NodeStatus {
	out := &metalogv1.NodeStatus{Member: m}
	if m.GetApiAddress() == "" {
		out.Unreachable = "it has announced no address of its API yet"
		return out
	}
	ctx, cancel := context.WithTimeout(ctx, askTimeout)
	defer cancel()
	conn, err := grpc.NewClient(m.GetApiAddress(), grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		out.Unreachable = err.Error()
		return out
	}
	defer conn.Close()
	resp, err := metalogv1.NewAdminClient(conn).GetStatus(ctx, &metalogv1.GetStatusRequest{})
	st := resp.GetStatus()
	switch {
	case err != nil:
		out.Unreachable = "no answer from " + m.GetApiAddress() + ": " + status.Convert(err).Message()
	case st.GetNode() != m.GetNode() || st.GetCluster() != cluster:
		out.Unreachable = m.GetApiAddress() + " is node " + st.GetNode() + " of cluster " + st.GetCluster() + " now"
	default:
		out.Status = st
	}
	return out
}

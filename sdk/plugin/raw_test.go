package plugin_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"

	"github.com/chronik-stream/metalog/sdk/backendpb"
	"github.com/chronik-stream/metalog/sdk/plugin"
)

// rawPlugin is a plugin that isn't ours: it says what the test tells it to.
type rawPlugin struct {
	backendpb.UnimplementedBackendServer
	info     *backendpb.InfoResponse
	session  func(ctx context.Context, send func(*backendpb.PluginMessage)) error // after the greeting
	snapshot []*backendpb.SnapshotChunk
	barrier  uint64
	opened   chan struct{} // nil, or closed by Open, whose reply names one status
}

func (r *rawPlugin) Info(context.Context, *backendpb.InfoRequest) (*backendpb.InfoResponse, error) {
	if r.info != nil {
		return r.info, nil
	}
	return &backendpb.InfoResponse{Name: "raw", Claims: []string{"read_barrier", "of a later version"}}, nil
}

func (r *rawPlugin) Session(stream grpc.BidiStreamingServer[backendpb.HostMessage, backendpb.PluginMessage]) error {
	if _, err := stream.Recv(); err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(stream.Context())
	go func() { // ends with the stream
		defer cancel()
		for {
			if _, err := stream.Recv(); err != nil {
				return
			}
		}
	}()
	return r.session(ctx, func(m *backendpb.PluginMessage) { _ = stream.Send(m) })
}

func (r *rawPlugin) Propose(stream grpc.BidiStreamingServer[backendpb.ProposeRequest, backendpb.ProposeReply]) error {
	<-stream.Context().Done()
	return nil
}

func (r *rawPlugin) Open(context.Context, *backendpb.OpenRequest) (*backendpb.OpenResponse, error) {
	if r.opened == nil {
		return &backendpb.OpenResponse{}, nil
	}
	close(r.opened)
	return &backendpb.OpenResponse{StatusSequence: 1}, nil
}

func (r *rawPlugin) ReadBarrier(context.Context, *backendpb.ReadBarrierRequest) (*backendpb.ReadBarrierResponse, error) {
	return &backendpb.ReadBarrierResponse{Position: r.barrier}, nil
}

func (r *rawPlugin) GetSnapshot(_ *backendpb.GetSnapshotRequest, stream grpc.ServerStreamingServer[backendpb.SnapshotChunk]) error {
	for _, c := range r.snapshot {
		if err := stream.Send(c); err != nil {
			return err
		}
	}
	return nil
}

// host opens a proxy before the plugin.
func (r *rawPlugin) host(t *testing.T, m *machine, cfg plugin.ProxyConfig) *plugin.Proxy {
	t.Helper()
	_, cc := serve(t, func(s grpc.ServiceRegistrar) { backendpb.RegisterBackendServer(s, r) })
	p, err := plugin.NewProxy(t.Context(), cc, cfg)
	require.NoError(t, err)
	closeAtEnd(t, p)
	_ = p.Open(t.Context(), sdkConfig, m) // a plugin that errs at once is told from the session's end
	return p
}

func greeting() *backendpb.PluginMessage {
	return &backendpb.PluginMessage{Message: &backendpb.PluginMessage_Status{Status: &backendpb.Status{}}}
}

func committed(position uint64, indexes ...uint64) *backendpb.PluginMessage {
	c := &backendpb.Committed{Position: position}
	for _, i := range indexes {
		c.Entries = append(c.Entries, &backendpb.Entry{Index: i, Data: []byte{byte(i)}})
	}
	return &backendpb.PluginMessage{Message: &backendpb.PluginMessage_Committed{Committed: c}}
}

func restoreNeeded(position, id uint64) *backendpb.PluginMessage {
	return &backendpb.PluginMessage{Message: &backendpb.PluginMessage_RestoreNeeded{
		RestoreNeeded: &backendpb.RestoreNeeded{Position: position, Id: id},
	}}
}

// rawHost is a host that isn't ours, in a session with an engine.
type rawHost struct {
	backendpb.BackendClient
	session grpc.BidiStreamingClient[backendpb.HostMessage, backendpb.PluginMessage]
}

func newRawHost(t *testing.T, spec plugin.Spec, hello *backendpb.Hello) (*rawHost, *plugin.Engine) {
	t.Helper()
	e := plugin.NewEngine(spec, quiet)
	_, cc := serve(t, e.Register)
	h := &rawHost{BackendClient: backendpb.NewBackendClient(cc)}
	var err error
	h.session, err = h.Session(t.Context())
	require.NoError(t, err)
	require.NoError(t, h.session.Send(&backendpb.HostMessage{Message: &backendpb.HostMessage_Hello{Hello: hello}}))
	first, err := h.session.Recv()
	require.NoError(t, err)
	require.NotNil(t, first.GetStatus(), "the first message is a status")
	r, err := h.Open(t.Context(), &backendpb.OpenRequest{})
	require.NoError(t, err)
	require.Nil(t, r.GetFailure())
	return h, e
}

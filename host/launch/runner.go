package launch

import (
	"context"
	"io"
	"path/filepath"
	"strconv"

	"github.com/hashicorp/go-plugin/runner"
)

var _ runner.Runner = (*process)(nil)

// Kill doesn't wait, so that it can't hang.
func (p *process) Kill(context.Context) error {
	p.kill()
	return nil
}

// Wait returns when the process has ended and is released.
func (p *process) Wait(ctx context.Context) error {
	select {
	case <-p.exited:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Stdout is the line of the handshake, then its end: go-plugin stops reading
// at a line over 64 KiB, and the plugin would block.
func (p *process) Stdout() io.ReadCloser { return p.line }

// Stderr is empty: go-plugin panics over a line that it doesn't expect.
func (p *process) Stderr() io.ReadCloser { return nothing{} }

// Diagnose has nothing to say: failed tells what went wrong.
func (p *process) Diagnose(context.Context) string { return "" }

// Name is the file's.
func (p *process) Name() string { return filepath.Base(p.exe.path) }

// ID is the process's number.
func (p *process) ID() string { return strconv.Itoa(p.pid()) }

// PluginToHost leaves an address as it is: both see the same files.
func (p *process) PluginToHost(network, addr string) (hostNet, hostAddr string, err error) {
	return network, addr, nil
}

// HostToPlugin leaves an address as it is.
func (p *process) HostToPlugin(network, addr string) (pluginNet, pluginAddr string, err error) {
	return network, addr, nil
}

type nothing struct{}

func (nothing) Read([]byte) (int, error) { return 0, io.EOF }
func (nothing) Close() error             { return nil }

package server

import (
	"context"
	"errors"
	"fmt"
	"net"
	"syscall"
)

// Listen opens a TCP address for New, or says what stands in the way and what
// to do. Setting is the name of the flag or key the address came from.
func Listen(ctx context.Context, setting, address string) (net.Listener, error) {
	var lc net.ListenConfig
	l, err := lc.Listen(ctx, "tcp", address)
	switch {
	case err == nil:
		return l, nil
	case errors.Is(err, syscall.EADDRINUSE):
		return nil, fmt.Errorf("%s: %s is in use: stop the process that listens there, or choose another address: %w", setting, address, err)
	case errors.Is(err, syscall.EACCES):
		return nil, fmt.Errorf("%s: %s isn't allowed for this user: choose a port above 1023: %w", setting, address, err)
	default:
		return nil, fmt.Errorf("%s: can't listen on %q (want HOST:PORT): %w", setting, address, err)
	}
}

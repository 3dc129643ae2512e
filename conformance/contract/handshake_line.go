package contract

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/chronik-stream/metalog/conformance/trial"
	"github.com/chronik-stream/metalog/sdk/plugin"
)

func stdoutIsTheHandshakes(ctx context.Context, s *trial.Stage) error {
	r, err := greeted(ctx, s, strconv.Itoa(plugin.ProtocolMajor))
	if err != nil {
		return err
	}
	line, rest, _ := strings.Cut(r.stdout, "\n")
	switch {
	case !looksLikeHandshake(line):
		return fmt.Errorf("its first line on stdout isn't the handshake: %s", r)
	case protocolOf(line) != strconv.Itoa(plugin.ProtocolMajor):
		return fmt.Errorf("it was asked for protocol %d, and says %q", plugin.ProtocolMajor, line)
	case rest != "":
		return fmt.Errorf("after the handshake it printed on stdout: %s", trial.Show([]byte(rest)))
	}
	return nil
}

func otherMajor(ctx context.Context, s *trial.Stage) error {
	const unheardOf = "9999"
	r, err := greeted(ctx, s, unheardOf)
	if err != nil {
		return err
	}
	line, _, _ := strings.Cut(r.stdout, "\n")
	switch {
	case !looksLikeHandshake(line) && strings.TrimSpace(r.stderr) == "":
		return fmt.Errorf("it ended without a word to a host of protocol %s: %s", unheardOf, r)
	case looksLikeHandshake(line) && protocolOf(line) == unheardOf:
		return fmt.Errorf("it says that it speaks protocol %s: %q", unheardOf, line)
	}
	return nil
}

// looksLikeHandshake recognises the line that says where a plugin listens: a core
// version, the protocol's, a network, an address, and more.
func looksLikeHandshake(line string) bool {
	parts := strings.Split(strings.TrimSpace(line), "|")
	if len(parts) < 4 {
		return false
	}
	_, err := strconv.Atoi(parts[0])
	return err == nil && (parts[2] == "unix" || parts[2] == "tcp")
}

func protocolOf(handshake string) string { return strings.Split(handshake, "|")[1] }

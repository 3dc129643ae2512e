package launch

import (
	"bytes"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/chronik-stream/metalog/sdk"
)

// handshake is the line by which a plugin says where it listens, as far as
// this package reads it: core version, protocol major, and more. go-plugin
// reads the rest.
type handshake struct {
	core     int
	protocol int
}

// parseHandshake recognises the line among whatever else a plugin prints.
func parseHandshake(line []byte) (handshake, bool) {
	if bytes.Count(line, []byte("|")) < 3 {
		return handshake{}, false
	}
	parts := strings.SplitN(strings.TrimSpace(string(line)), "|", 4)
	core, err := strconv.Atoi(parts[0])
	if err != nil {
		return handshake{}, false
	}
	protocol, err := strconv.Atoi(parts[1])
	if err != nil || (parts[2] != "unix" && parts[2] != "tcp") {
		return handshake{}, false
	}
	return handshake{core: core, protocol: protocol}, true
}

// check refuses a plugin whose protocol major isn't among ours.
func (h handshake) check(plugin string, ours []int) error {
	if len(ours) == 0 || slices.Contains(ours, h.protocol) {
		return nil
	}
	older := "the host (metalog)"
	if h.protocol < slices.Min(ours) {
		older = "the plugin"
	}
	return &sdk.Error{Reason: sdk.ReasonIncompatible, Outcome: sdk.NotAppended, Message: fmt.Sprintf(
		"plugin %s speaks protocol version %d, this host speaks %s: upgrade %s",
		plugin, h.protocol, versions(ours), older)}
}

func versions(vs []int) string {
	names := make([]string, len(vs))
	for i, v := range slices.Sorted(slices.Values(vs)) {
		names[i] = strconv.Itoa(v)
	}
	return strings.Join(names, " and ")
}

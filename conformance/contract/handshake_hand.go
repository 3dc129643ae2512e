package contract

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/chronik-stream/metalog/conformance/trial"
	"github.com/chronik-stream/metalog/sdk"
	"github.com/chronik-stream/metalog/sdk/plugin"
)

// described is what describe --json prints.
type described struct {
	Name     string `json:"name"`
	Version  string `json:"version"`
	Protocol struct {
		Major uint32 `json:"major"`
		Minor uint32 `json:"minor"`
	} `json:"protocol"`
	DataFormat uint32     `json:"data_format"`
	Claims     sdk.Claims `json:"claims"`
}

func describeIsInfo(ctx context.Context, s *trial.Stage) error {
	r, err := byHand(ctx, s, "", "describe", "--json")
	if err != nil {
		return err
	}
	if r.code != 0 {
		return fmt.Errorf("describe --json exited with %d: %s", r.code, r)
	}
	var d described
	if err := json.Unmarshal([]byte(r.stdout), &d); err != nil {
		return fmt.Errorf("describe --json doesn't print one object of JSON: %w: %s", err, r)
	}
	over := s.Info
	switch {
	case d.Name != over.Name || d.Version != over.Version:
		return fmt.Errorf("by hand it is %s %s, and to a host %s %s", d.Name, d.Version, over.Name, over.Version)
	case d.DataFormat != over.DataFormat:
		return fmt.Errorf("by hand its data format is %d, and to a host %d", d.DataFormat, over.DataFormat)
	case d.Protocol.Major != plugin.ProtocolMajor || d.Protocol.Minor != over.ProtocolMinor:
		return fmt.Errorf("by hand it speaks protocol %d.%d, and to a host %d.%d", d.Protocol.Major, d.Protocol.Minor, plugin.ProtocolMajor, over.ProtocolMinor)
	case !slices.Equal(slices.Sorted(slices.Values(d.Claims)), slices.Sorted(slices.Values(over.Claims))):
		return fmt.Errorf("by hand it claims %q, and to a host %q", d.Claims, over.Claims)
	}
	return nil
}

func byHandSaysWhatItIs(ctx context.Context, s *trial.Stage) error {
	r, err := byHand(ctx, s, "")
	switch {
	case err != nil:
		return err
	case r.code != 2:
		return fmt.Errorf("it exited with %d: %s", r.code, r)
	case len(strings.Fields(r.stderr+r.stdout)) < 5:
		return fmt.Errorf("that says nothing to people: %s", r)
	}
	for line := range strings.Lines(r.stdout) {
		if looksLikeHandshake(line) {
			return fmt.Errorf("no host has started it, and it prints a handshake: %q", line)
		}
	}
	return nil
}

func validateGarbage(ctx context.Context, s *trial.Stage) error {
	r, err := byHand(ctx, s, `{"not`, "validate", "-")
	switch {
	case err != nil:
		return err
	case r.code != 1:
		return fmt.Errorf("it exited with %d: %s", r.code, r)
	case strings.TrimSpace(r.stderr) == "":
		return fmt.Errorf("it doesn't say why on stderr: %s", r)
	case strings.Contains(r.stderr, "goroutine "):
		return fmt.Errorf("it prints its stack instead of what is wrong: %s", r)
	}
	return nil
}

func validateOwn(ctx context.Context, s *trial.Stage) error {
	settings := string(s.Target.(trial.BinaryTarget).Options())
	if settings == "" {
		settings = "{}"
	}
	r, err := byHand(ctx, s, settings, "validate", "-")
	if err != nil {
		return err
	}
	if r.code != 0 {
		return fmt.Errorf("settings %s: it exited with %d: %s", settings, r.code, r)
	}
	return nil
}

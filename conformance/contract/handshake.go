package contract

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"unicode"

	"google.golang.org/protobuf/proto"

	"github.com/chronik-stream/metalog/conformance/trial"
	"github.com/chronik-stream/metalog/sdk"
	"github.com/chronik-stream/metalog/sdk/backendpb"
	"github.com/chronik-stream/metalog/sdk/plugin"
)

// handshake is the family of what a plugin says of itself, to a host and to people,
// before it has a session.
func handshake() []trial.Case {
	process := []trial.Need{trial.NeedProcess}
	return []trial.Case{
		{
			ID: "HSK-001", Title: "name and version", Rule: "R16", Profile: trial.Core, Run: saneName,
			Promise: "A backend has a name, which directories are marked with, and a version, both of one printable line.",
		},
		{
			ID: "HSK-002", Title: "claims fit each other", Rule: "docs/reference/plugin-contract.md", Profile: trial.Core, Run: saneClaims,
			Promise: "Claims are of the contract, each is made once, and one that needs another comes with it.",
		},
		{
			ID: "HSK-003", Title: "describe --json by hand", Rule: "docs/reference/plugin-contract.md", Profile: trial.Core, Needs: process, Run: describeIsInfo,
			Promise: "What a plugin says of itself by hand is what it tells a host.",
		},
		{
			ID: "HSK-004", Title: "Info twice, before a session", Rule: "docs/reference/plugin-contract.md", Profile: trial.Core, Needs: process, Run: infoHasNoEffect,
			Promise: "Info has no side effect, and answers the same each time.",
		},
		{
			ID: "HSK-005", Title: "run by hand without arguments", Rule: "docs/reference/plugin-contract.md", Profile: trial.Core, Needs: process, Run: byHandSaysWhatItIs,
			Promise: "A plugin that no host has started says what it is, prints no handshake, and exits with 2.",
		},
		{
			ID: "HSK-006", Title: "stdout under a host", Rule: "docs/reference/plugin-contract.md", Profile: trial.Core, Needs: process, Run: stdoutIsTheHandshakes,
			Promise: "Stdout belongs to the handshake: that is its first line and its only one.",
		},
		{
			ID: "HSK-007", Title: "validate of what isn't JSON", Rule: "docs/reference/plugin-contract.md", Profile: trial.Core, Needs: process, Run: validateGarbage,
			Promise: "Settings that can't be read make validate exit with 1 and say why.",
		},
		{
			ID: "HSK-008", Title: "validate of the settings in use", Rule: "docs/reference/plugin-contract.md", Profile: trial.Core, Needs: process, Run: validateOwn,
			Promise: "Settings that the backend can be opened with make validate exit with 0.",
		},
		{
			ID: "HSK-009", Title: "a host of another major version", Rule: "docs/reference/plugin-contract.md, Versions", Profile: trial.Core, Needs: process, Run: otherMajor,
			Promise: "A plugin never claims a protocol version that it doesn't speak: it names its own, or ends with the reason.",
		},
	}
}

func saneName(_ context.Context, s *trial.Stage) error {
	return errors.Join(oneLine("name", s.Info.Name), oneLine("version", s.Info.Version))
}

func oneLine(what, text string) error {
	const most = 100
	odd := strings.ContainsFunc(text, func(r rune) bool { return !unicode.IsPrint(r) })
	if text == "" || len(text) > most || odd || strings.TrimSpace(text) != text {
		return fmt.Errorf("the %s is %q: it has 1 to %d printable characters, and no blanks around them", what, text, most)
	}
	return nil
}

// facts and abilities of the contract, and what each can't be without.
var claimNeeds = map[sdk.Claim]sdk.Claims{
	sdk.Durable: nil, sdk.Replicated: nil, sdk.Snapshots: nil,
	sdk.CanReadBarrier: nil, sdk.CanInspect: nil,
	sdk.CanTransfer:   {sdk.Replicated},
	sdk.CanMembership: {sdk.Replicated},
	sdk.CanCompact:    {sdk.Snapshots},
}

func saneClaims(_ context.Context, s *trial.Stage) error {
	var errs []error
	claims := s.Info.Claims
	for i, claim := range claims {
		needs, known := claimNeeds[claim]
		if !known && s.Info.ProtocolMinor <= plugin.ProtocolMinor {
			errs = append(errs, fmt.Errorf("claim %q isn't one of protocol %d.%d", claim, plugin.ProtocolMajor, s.Info.ProtocolMinor))
		}
		if slices.Contains(claims[:i], claim) {
			errs = append(errs, fmt.Errorf("claim %q is made twice", claim))
		}
		for _, need := range needs {
			if !claims.Has(need) {
				errs = append(errs, fmt.Errorf("claim %q is made without %q", claim, need))
			}
		}
	}
	return errors.Join(errs...)
}

// infoHasNoEffect looks at all that a plugin could reach by then: nobody has told
// it of a data directory.
func infoHasNoEffect(ctx context.Context, s *trial.Stage) error {
	h, err := connectRaw(ctx, s)
	if err != nil {
		return err
	}
	defer h.leave()
	before, err := treeOf(s.Dir)
	if err != nil {
		return err
	}
	within, cancel := s.Within(ctx)
	defer cancel()
	first, err := h.client.Info(within, &backendpb.InfoRequest{})
	if err != nil {
		return fmt.Errorf("the first Info: %w", err)
	}
	second, err := h.client.Info(within, &backendpb.InfoRequest{})
	if err != nil {
		return fmt.Errorf("the second Info: %w", err)
	}
	if !proto.Equal(first, second) {
		return fmt.Errorf("the answer to Info was {%v}, and then {%v}", first, second)
	}
	after, err := treeOf(s.Dir)
	if err != nil {
		return err
	}
	if err := before.changedTo(after); err != nil {
		return fmt.Errorf("something was written: %w", err)
	}
	return ownRoomIsEmpty(h.Dir())
}

// ownRoomIsEmpty says what a plugin has left in its run directory beside the
// socket, or in its working directory.
func ownRoomIsEmpty(dir string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return trial.Harness(err)
	}
	for _, e := range entries {
		if !e.IsDir() && e.Type() != os.ModeSocket {
			return fmt.Errorf("there is %s beside the socket in its run directory", e.Name())
		}
		if !e.IsDir() {
			continue
		}
		if left, err := os.ReadDir(filepath.Join(dir, e.Name())); err != nil {
			return trial.Harness(err)
		} else if len(left) > 0 {
			return fmt.Errorf("there is %s in %s of its run directory: it writes into its data directory only", left[0].Name(), e.Name())
		}
	}
	return nil
}

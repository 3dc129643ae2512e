package contract_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/chronik-stream/metalog/conformance/trial"
	"github.com/chronik-stream/metalog/sdk"
	"github.com/chronik-stream/metalog/sdk/plugin"
)

func carelessSpec() plugin.Spec {
	return plugin.Spec{
		Name: "careless", Version: "1.0.0", DataFormat: 1, Claims: sdk.Claims{sdk.Durable},
		New: func() sdk.Backend { return &careless{} },
	}
}

// careless keeps an entry a line, and fsyncs it; but it has no checksums, and
// takes what it can't read for the log's end.
type careless struct {
	mu   sync.Mutex
	file *os.File
	sm   sdk.StateMachine
	last uint64
}

func (c *careless) Open(ctx context.Context, cfg sdk.Config, sm sdk.StateMachine) (err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.sm = sm
	if c.file, err = os.OpenFile(filepath.Join(cfg.DataDir, "log"), os.O_RDWR|os.O_CREATE, 0o600); err != nil {
		return err
	}
	for lines := bufio.NewScanner(c.file); lines.Scan(); {
		data, err := strconv.Unquote(lines.Text())
		if err != nil {
			break
		}
		if err := c.deliver(ctx, data); err != nil {
			return errors.Join(err, c.file.Close())
		}
	}
	sm.SetStatus(sdk.Status{CanPropose: true, Leader: cfg.NodeID, Health: sdk.HealthOK, StoredIndex: c.last})
	return nil
}

func (c *careless) deliver(ctx context.Context, data string) error {
	c.last++
	return c.sm.Apply(ctx, sdk.Entry{Index: c.last, Data: []byte(data)})
}

func (c *careless) Propose(ctx context.Context, data []byte) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if _, err := fmt.Fprintln(c.file, strconv.Quote(string(data))); err != nil {
		return err
	}
	if err := c.file.Sync(); err != nil {
		return err
	}
	return c.deliver(ctx, string(data))
}

func (c *careless) Close(context.Context) error { return c.file.Close() }

// A backend that believes what it reads is found out by damage, and by nothing
// else. That its log is missing is sdk.Guard's to notice.
func TestCareless(t *testing.T) {
	t.Parallel()
	target := trial.InProcess(carelessSpec())
	requireFails(t, target, map[string]string{
		"DMG-003": "log cut to ",
		"DMG-005": "log with bit ",
	})
	info, err := target.Info(t.Context())
	require.NoError(t, err)
	for _, id := range []string{"DMG-001", "DMG-002", "DMG-004", "DMG-006", "DMG-007"} {
		_, err := trial.Play(t.Context(), caseOf(t, id), trial.Setting{Target: target, Info: info, Dir: filepath.Join(t.TempDir(), id), Seed: 1})
		require.NoError(t, err, id)
	}
}

package sdk_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/chronik-stream/metalog/sdk"
)

// disk is a backend with nothing but a directory: it notes how it was opened
// and leaves a file there.
type disk struct {
	cfg      sdk.Config
	sm       sdk.StateMachine
	openErr  error
	closeErr error
	closed   int
}

func (d *disk) Open(_ context.Context, cfg sdk.Config, sm sdk.StateMachine) error {
	d.cfg, d.sm = cfg, sm
	if d.openErr != nil {
		return d.openErr
	}
	return os.WriteFile(filepath.Join(cfg.DataDir, "data"), []byte("x"), 0o600)
}

func (d *disk) Propose(context.Context, []byte) error { return nil }

func (d *disk) Close(context.Context) error {
	d.closed++
	return d.closeErr
}

var local = sdk.Identity{Plugin: "local", DataFormat: 2, Claims: sdk.Claims{sdk.Durable}}

func replicated() sdk.Identity {
	id := local
	id.Claims = sdk.Claims{sdk.Durable, sdk.Replicated}
	return id
}

func config(dir string) sdk.Config { return sdk.Config{ClusterID: "c1", NodeID: "n1", DataDir: dir} }

// opened leaves a directory as one open and close does.
func opened(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	b := sdk.Guard(&disk{}, local)
	require.NoError(t, b.Open(t.Context(), config(dir), nil))
	require.NoError(t, b.Close(t.Context()))
	return dir
}

func identity(t *testing.T, dir string) map[string]any {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(dir, "IDENTITY"))
	require.NoError(t, err)
	var m map[string]any
	require.NoError(t, json.Unmarshal(b, &m))
	return m
}

func TestGuardMakesADirectoryAndSaysSo(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a", "b")
	var log bytes.Buffer
	d := &disk{}
	b := sdk.Guard(d, local)
	cfg := sdk.Config{NodeID: "n1", DataDir: dir, Logger: slog.New(slog.NewTextHandler(&log, nil))}
	require.NoError(t, b.Open(t.Context(), cfg, nil))
	require.Equal(t, sdk.StartNew, d.cfg.Start)
	require.NotEmpty(t, d.cfg.ClusterID)
	require.Contains(t, log.String(), dir)
	info, err := os.Stat(dir)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o700), info.Mode().Perm())
	i := identity(t, dir)
	require.Equal(t, "restart", i["start"])
	require.Equal(t, d.cfg.ClusterID, i["cluster_id"])
	require.Equal(t, "n1", i["node_id"])
	require.Equal(t, "local", i["plugin"])
	require.EqualValues(t, 2, i["data_format"])
	require.Len(t, i["directory"], 36)
	require.NoFileExists(t, filepath.Join(dir, "IDENTITY.tmp"))
	require.NoError(t, b.Close(t.Context()))
	require.Equal(t, 1, d.closed)
}

// choosy refuses every setting.
type choosy struct{ disk }

func (*choosy) ValidateConfig(json.RawMessage) error {
	return &sdk.Error{Reason: sdk.ReasonInvalidConfig, Field: "speed", Message: "unknown setting"}
}

func TestGuardMakesNothingForSettingsThatAreRefused(t *testing.T) {
	dir := absent(t)
	b := sdk.Guard(&choosy{}, local)
	require.ErrorIs(t, b.Open(t.Context(), config(dir), nil), sdk.ErrInvalidConfig)
	require.NoDirExists(t, dir)
}

func TestGuardRestartsWithTheDirectorysIDs(t *testing.T) {
	dir, d := opened(t), &disk{}
	b := sdk.Guard(d, local)
	require.NoError(t, b.Open(t.Context(), sdk.Config{DataDir: dir}, nil))
	require.Equal(t, sdk.StartRestart, d.cfg.Start)
	require.Equal(t, "c1", d.cfg.ClusterID)
	require.Equal(t, "n1", d.cfg.NodeID)
	require.NotNil(t, d.cfg.Logger)
	require.NoError(t, b.Close(t.Context()))
}

// listener is a state machine that only hears statuses.
type listener struct {
	sdk.StateMachine
	heard sdk.Status
}

func (l *listener) SetStatus(s sdk.Status) { l.heard = s }

func TestStatusSaysWhoseDataItIs(t *testing.T) {
	dir := opened(t)
	d, host := &disk{}, &listener{}
	b := sdk.Guard(d, local)
	require.NoError(t, b.Open(t.Context(), sdk.Config{NodeID: "n1", DataDir: dir}, host))
	d.sm.SetStatus(sdk.Status{Leader: "n1"})
	require.Equal(t, sdk.Status{ClusterID: "c1", Leader: "n1"}, host.heard)
	require.NoError(t, b.Close(t.Context()))
}

func TestStartTurnsToRestartOnlyAfterASuccess(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, sdk.InitDirectory(sdk.Config{ClusterID: "c1", NodeID: "n1", DataDir: dir, Start: sdk.StartJoin}, replicated()))
	boom := errors.New("boom")
	for range 2 {
		d := &disk{openErr: boom}
		require.ErrorIs(t, sdk.Guard(d, replicated()).Open(t.Context(), config(dir), nil), boom)
		require.Equal(t, sdk.StartJoin, d.cfg.Start)
	}
	for _, want := range []sdk.Start{sdk.StartJoin, sdk.StartRestart, sdk.StartRestart} {
		d := &disk{}
		b := sdk.Guard(d, replicated())
		require.NoError(t, b.Open(t.Context(), config(dir), nil))
		require.Equal(t, want, d.cfg.Start)
		require.NoError(t, b.Close(t.Context()))
	}
}

func TestGuardRaisesTheDataFormat(t *testing.T) {
	dir, newer := opened(t), local
	newer.DataFormat = 3
	b := sdk.Guard(&disk{}, newer)
	require.NoError(t, b.Open(t.Context(), config(dir), nil))
	require.NoError(t, b.Close(t.Context()))
	require.EqualValues(t, 3, identity(t, dir)["data_format"])
	require.ErrorIs(t, sdk.Guard(&disk{}, local).Open(t.Context(), config(dir), nil), sdk.ErrWrongData)
}

// remove takes everything but keep out of dir.
func remove(t *testing.T, dir string, names ...string) {
	t.Helper()
	for _, n := range names {
		require.NoError(t, os.Remove(filepath.Join(dir, n)))
	}
}

func rewrite(t *testing.T, dir string, change func([]byte) []byte) {
	t.Helper()
	path := filepath.Join(dir, "IDENTITY")
	b, err := os.ReadFile(path)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(path, change(b), 0o600))
}

func nowhere(*testing.T) string { return "" }

func empty(t *testing.T) string {
	t.Helper()
	return t.TempDir()
}

func absent(t *testing.T) string {
	t.Helper()
	return filepath.Join(t.TempDir(), "d")
}

func TestGuardRefuses(t *testing.T) {
	with := func(change func(*sdk.Identity)) sdk.Identity {
		id := local
		change(&id)
		return id
	}
	for name, c := range map[string]struct {
		prepare func(t *testing.T) (dir string)
		id      sdk.Identity
		cfg     sdk.Config
		is      error
		says    string
	}{
		"foreign cluster": {opened, local, sdk.Config{ClusterID: "other"}, sdk.ErrWrongData, `belongs to cluster "c1", not "other"`},
		"foreign node":    {opened, local, sdk.Config{NodeID: "n2"}, sdk.ErrWrongData, `belongs to node "n1", not "n2"`},
		"foreign plugin": {
			opened, with(func(id *sdk.Identity) { id.Plugin = "acme" }),
			sdk.Config{},
			sdk.ErrWrongData,
			`written by backend "local", not "acme"`,
		},
		"newer format": {
			opened, with(func(id *sdk.Identity) { id.DataFormat = 1 }),
			sdk.Config{},
			sdk.ErrWrongData,
			`data format 2, and this version of backend "local" knows up to 1: upgrade`,
		},
		"only IDENTITY left": {func(t *testing.T) string {
			t.Helper()
			dir := opened(t)
			remove(t, dir, "data")
			return dir
		}, local, sdk.Config{}, sdk.ErrWrongData, "has been wiped"},
		"IDENTITY lost": {func(t *testing.T) string {
			t.Helper()
			dir := opened(t)
			remove(t, dir, "IDENTITY")
			return dir
		}, local, sdk.Config{}, sdk.ErrWrongData, "holds data but no IDENTITY"},
		"garbage IDENTITY": {func(t *testing.T) string {
			t.Helper()
			dir := opened(t)
			rewrite(t, dir, func([]byte) []byte { return []byte("\x00garbage") })
			return dir
		}, local, sdk.Config{}, sdk.ErrCorrupt, "IDENTITY is damaged"},
		"empty IDENTITY": {func(t *testing.T) string {
			t.Helper()
			dir := opened(t)
			rewrite(t, dir, func([]byte) []byte { return nil })
			return dir
		}, local, sdk.Config{}, sdk.ErrCorrupt, "IDENTITY is damaged"},
		"edited IDENTITY": {func(t *testing.T) string {
			t.Helper()
			dir := opened(t)
			rewrite(t, dir, func(b []byte) []byte { return bytes.Replace(b, []byte(`"c1"`), []byte(`"c2"`), 1) })
			return dir
		}, local, sdk.Config{}, sdk.ErrCorrupt, "changed by hand"},
		"a file": {func(t *testing.T) string {
			t.Helper()
			path := filepath.Join(t.TempDir(), "f")
			require.NoError(t, os.WriteFile(path, nil, 0o600))
			return path
		}, local, sdk.Config{}, sdk.ErrInvalidConfig, "is a file, not a directory"},
		"below a file": {func(t *testing.T) string {
			t.Helper()
			path := filepath.Join(t.TempDir(), "f")
			require.NoError(t, os.WriteFile(path, nil, 0o600))
			return filepath.Join(path, "d")
		}, local, sdk.Config{}, sdk.ErrInvalidConfig, "data_dir"},
		"no directory":          {nowhere, local, sdk.Config{}, sdk.ErrInvalidConfig, "data_dir"},
		"no node id":            {empty, local, sdk.Config{}, sdk.ErrInvalidConfig, "node_id"},
		"deleted in use":        {absent, local, sdk.Config{NodeID: "n1", Applied: 7}, sdk.ErrWrongData, "entries up to index 7: mount it again"},
		"emptied in use":        {empty, local, sdk.Config{NodeID: "n1", Applied: 7}, sdk.ErrWrongData, "entries up to index 7: mount it again"},
		"replicated and absent": {absent, replicated(), sdk.Config{NodeID: "n1"}, sdk.ErrWrongData, "never begins one by itself"},
		"replicated and empty":  {empty, replicated(), sdk.Config{NodeID: "n1"}, sdk.ErrWrongData, "never begins one by itself"},
	} {
		t.Run(name, func(t *testing.T) {
			d := &disk{}
			c.cfg.DataDir = c.prepare(t)
			before := listing(t, c.cfg.DataDir)
			err := sdk.Guard(d, c.id).Open(t.Context(), c.cfg, nil)
			require.ErrorIs(t, err, c.is)
			require.ErrorContains(t, err, c.says)
			require.True(t, sdk.Terminal(err))
			require.Nil(t, d.cfg.Logger, "the backend must not see the directory")
			require.Equal(t, before, listing(t, c.cfg.DataDir))
			requireUnlocked(t, c.cfg.DataDir)
		})
	}
}

// listing is what dir holds beside its lock.
func listing(t *testing.T, dir string) []string {
	t.Helper()
	names, _ := os.ReadDir(dir)
	var all []string
	for _, n := range names {
		if n.Name() != "LOCK" {
			b, _ := os.ReadFile(filepath.Join(dir, n.Name()))
			all = append(all, fmt.Sprintf("%s=%s", n.Name(), b))
		}
	}
	return all
}

// requireUnlocked opens what was just refused, made into a directory of ours.
func requireUnlocked(t *testing.T, dir string) {
	t.Helper()
	if _, err := os.Stat(filepath.Join(dir, "LOCK")); err != nil {
		return
	}
	names, err := os.ReadDir(dir)
	require.NoError(t, err)
	for _, n := range names {
		if n.Name() != "LOCK" {
			remove(t, dir, n.Name())
		}
	}
	b := sdk.Guard(&disk{}, local)
	require.NoError(t, b.Open(t.Context(), config(dir), nil))
	require.NoError(t, b.Close(t.Context()))
}

func TestGuardNamesTheHolderOfTheLock(t *testing.T) {
	dir := opened(t)
	first := sdk.Guard(&disk{}, local)
	require.NoError(t, first.Open(t.Context(), config(dir), nil))
	err := sdk.Guard(&disk{}, local).Open(t.Context(), config(dir), nil)
	require.ErrorIs(t, err, sdk.ErrConflict)
	require.False(t, sdk.Terminal(err), "the holder may be about to go")
	require.ErrorContains(t, err, fmt.Sprintf("in use by process %d, started by %d", os.Getpid(), os.Getppid()))
	require.NoError(t, first.Close(t.Context()))

	failing := sdk.Guard(&disk{openErr: errors.New("boom")}, local)
	require.Error(t, failing.Open(t.Context(), config(dir), nil))
	again := sdk.Guard(&disk{}, local)
	require.NoError(t, again.Open(t.Context(), config(dir), nil))
	require.NoError(t, again.Close(t.Context()))
}

func TestLockStaysWithABackendThatDoesNotClose(t *testing.T) {
	dir, d := opened(t), &disk{}
	b := sdk.Guard(d, local)
	require.NoError(t, b.Open(t.Context(), config(dir), nil))
	late, cancel := context.WithCancel(t.Context())
	cancel()
	d.closeErr = late.Err()
	require.Error(t, b.Close(late))
	require.ErrorIs(t, sdk.Guard(&disk{}, local).Open(t.Context(), config(dir), nil), sdk.ErrConflict)
	d.closeErr = errors.New("closed, with a complaint")
	require.ErrorIs(t, b.Close(t.Context()), d.closeErr)
	again := sdk.Guard(&disk{}, local)
	require.NoError(t, again.Open(t.Context(), config(dir), nil))
	require.NoError(t, again.Close(t.Context()))
}

// vandal opens well and makes it impossible to mark the directory.
type vandal struct{ disk }

func (v *vandal) Open(ctx context.Context, cfg sdk.Config, sm sdk.StateMachine) error {
	err := v.disk.Open(ctx, cfg, sm)
	return errors.Join(err, os.Mkdir(filepath.Join(cfg.DataDir, "IDENTITY.tmp"), 0o700))
}

func TestGuardClosesWhatItCannotMark(t *testing.T) {
	dir, v := t.TempDir(), &vandal{}
	require.ErrorContains(t, sdk.Guard(v, local).Open(t.Context(), config(dir), nil), "IDENTITY")
	require.Equal(t, 1, v.closed)
	require.Equal(t, "new", identity(t, dir)["start"])
	remove(t, dir, "IDENTITY.tmp")
	b := sdk.Guard(&disk{}, local)
	require.NoError(t, b.Open(t.Context(), config(dir), nil))
	require.NoError(t, b.Close(t.Context()))
}

func TestGuardOnAReadOnlyDirectory(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, os.Chmod(dir, 0o500))
	if f, err := os.Create(filepath.Join(dir, "probe")); err == nil {
		require.NoError(t, f.Close())
		dir = "/sys/kernel" // root may write anywhere else
	}
	if _, err := os.Stat(dir); err != nil {
		t.Skip("there is no directory that this user can't write to")
	}
	err := sdk.Guard(&disk{}, local).Open(t.Context(), config(dir), nil)
	require.ErrorIs(t, err, sdk.ErrInvalidConfig)
	require.ErrorContains(t, err, "can't be written to")
	err = sdk.Guard(&disk{}, local).Open(t.Context(), config(filepath.Join(dir, "sub")), nil)
	require.ErrorIs(t, err, sdk.ErrInvalidConfig)
}

func TestInitDirectory(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "d")
	cfg := sdk.Config{ClusterID: "c1", NodeID: "n1", DataDir: dir, Start: sdk.StartNew}
	require.NoError(t, sdk.InitDirectory(cfg, replicated()))
	require.Equal(t, "new", identity(t, dir)["start"])
	require.ErrorIs(t, sdk.InitDirectory(cfg, replicated()), sdk.ErrWrongData)
	cfg.DataDir, cfg.Start = t.TempDir(), sdk.StartRestart
	require.ErrorIs(t, sdk.InitDirectory(cfg, replicated()), sdk.ErrInvalidConfig)
	cfg.DataDir, cfg.Start = opened(t), sdk.StartJoin
	require.ErrorIs(t, sdk.InitDirectory(cfg, replicated()), sdk.ErrWrongData)
}

// reader is a disk that can be inspected.
type reader struct {
	disk
}

func (r *reader) Inspect(_ context.Context, cfg sdk.Config, _ sdk.StateMachine) error {
	r.cfg = cfg
	return nil
}

func TestInspectReadsUnderTheLock(t *testing.T) {
	dir, r := opened(t), &reader{}
	before := listing(t, dir)
	i := sdk.Guard(r, local).(sdk.Inspector)
	require.NoError(t, i.Inspect(t.Context(), sdk.Config{DataDir: dir}, nil))
	require.Equal(t, "n1", r.cfg.NodeID)
	require.Equal(t, before, listing(t, dir))

	b := sdk.Guard(&disk{}, local)
	require.NoError(t, b.Open(t.Context(), config(dir), nil))
	require.ErrorIs(t, i.Inspect(t.Context(), config(dir), nil), sdk.ErrConflict)
	require.NoError(t, b.Close(t.Context()))

	remove(t, dir, "LOCK")
	require.NoError(t, i.Inspect(t.Context(), config(dir), nil))
	require.NoFileExists(t, filepath.Join(dir, "LOCK"))
	require.ErrorIs(t, i.Inspect(t.Context(), sdk.Config{DataDir: dir, NodeID: "n2"}, nil), sdk.ErrWrongData)
	require.ErrorIs(t, i.Inspect(t.Context(), config(t.TempDir()), nil), sdk.ErrWrongData)
	require.ErrorIs(t, i.Inspect(t.Context(), config(filepath.Join(dir, "none")), nil), sdk.ErrWrongData)
	require.ErrorIs(t, sdk.Guard(&disk{}, local).(sdk.Inspector).Inspect(t.Context(), config(dir), nil), sdk.ErrUnsupported)
}

func TestWipedDirectoryOfABackendThatKeepsNothing(t *testing.T) {
	dir, id := opened(t), local
	id.Claims = sdk.Claims{}
	remove(t, dir, "data")
	b := sdk.Guard(&disk{}, id)
	require.NoError(t, b.Open(t.Context(), config(dir), nil))
	require.NoError(t, b.Close(t.Context()))
}

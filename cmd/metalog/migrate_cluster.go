package main

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/chronik-stream/metalog/host"
)

// migrateCluster seals a cluster and makes a node of another with its state.
func (c *cli) migrateCluster(cmd *cobra.Command, f *migrateFlags, kind fromKind) error {
	t, err := c.target(cmd.Context(), &f.target)
	if err != nil {
		return err
	}
	m := &migration{cli: c, cmd: cmd, flags: f, target: t, where: cmp.Or(f.toAddr, t.where())}
	file, err := scratchFile(filepath.Dir(t.config.DataDir))
	if err != nil {
		return err
	}
	defer file.Close()
	var info host.SnapshotInfo
	err = c.withOrigin(cmd, f, kind, func(o *origin) error {
		info, err = m.take(o, file)
		return err
	})
	if err != nil {
		return m.undo(err)
	}
	view, err := c.fill(cmd, t, file, info, cmd.CommandPath(), f.target.progress)
	if err != nil {
		return m.undo(err)
	}
	view.From = f.from
	err = c.show(view, func() { c.showFilled(view) })
	m.next()
	return err
}

// migration is one of a cluster, from its seal on.
type migration struct {
	cli    *cli
	cmd    *cobra.Command
	flags  *migrateFlags
	target *target
	where  string // what the source is sealed with
	sealed bool   // or may be
}

// scratchFile is a file that is gone when it is closed, or this process ends: in dir, which
// will hold as much again, or else where temporary files are.
func scratchFile(dir string) (*os.File, error) {
	err := os.MkdirAll(dir, 0o700)
	var file *os.File
	if err == nil {
		file, err = os.CreateTemp(dir, ".metalog-snapshot-*")
	}
	if err != nil {
		if file, err = os.CreateTemp("", "metalog-snapshot-*"); err != nil {
			return nil, err
		}
	}
	return file, os.Remove(file.Name())
}

// take seals the cluster and writes a snapshot of what it had there into file, which
// it leaves at its beginning.
func (m *migration) take(o *origin, file *os.File) (host.SnapshotInfo, error) {
	at, err := m.seal(o)
	if err != nil {
		return host.SnapshotInfo{}, err
	}
	err = m.cli.whileSaving(m.flags.target.progress, o.patience, func(observe func(int)) error {
		return o.save(o.ctx, observed{file, observe})
	})
	if err != nil {
		return host.SnapshotInfo{}, err
	}
	info, err := readBack(file)
	if err != nil {
		return info, err
	}
	if info.Revision != at.revision || info.Digest.String() != at.digest || info.SealedTo != m.where {
		return info, fmt.Errorf("the cluster was sealed at revision %d with digest %s, and its snapshot is of revision %d with digest %s, sealed to %q: "+
			"somebody lifted the seal meanwhile", at.revision, at.digest, info.Revision, info.Digest, info.SealedTo)
	}
	return info, nil
}

// seal goes on with a seal that an earlier attempt left, and refuses another one.
func (m *migration) seal(o *origin) (sealPoint, error) {
	st, err := o.about(o.ctx)
	switch {
	case err != nil:
		return sealPoint{}, err
	case st.importing > 0:
		return sealPoint{}, halfImported(m.flags.from, st.importing)
	case st.sealedTo != "" && st.sealedTo != m.where:
		return sealPoint{}, &failure{
			code: exitConflict, err: fmt.Errorf("cluster %s is sealed already: its state has moved to %s", st.cluster, st.sealedTo),
			next: "If it never got there, or isn't used there: " + m.abort() + ", and repeat",
		}
	}
	m.target.config.ClusterID = cmp.Or(m.target.config.ClusterID, st.cluster)
	m.sealed = true
	at, err := o.seal(o.ctx, m.where)
	if err == nil {
		m.cli.note("cluster %s on %s is sealed at revision %d: it takes no write any more, and says that its state has moved to %s",
			st.cluster, st.backend, at.revision, m.where)
	}
	return at, err
}

func (m *migration) abort() string {
	return "metalog backend migrate --abort --from " + shellWord(m.flags.from)
}

// undo tells how to go on, and how to go back, after a failure.
func (m *migration) undo(err error) error {
	if !m.sealed {
		return err
	}
	f := &failure{code: codeOf(err), err: err}
	if inner, ok := errors.AsType[*failure](err); ok {
		f.code = inner.code
	}
	f.next = fmt.Sprintf("The source has all it had, and stays sealed until this is repeated or the seal is lifted: %s", m.abort())
	return f
}

// next tells what to do with the two clusters.
func (m *migration) next() {
	m.cli.note("the source, %s, stays sealed and keeps its data, as it was", m.flags.from)
	m.cli.nextSteps(m.target)
	m.cli.note("to go back, as long as nothing was written to the new one: remove %s, then %s", m.target.config.DataDir, m.abort())
}

package trial_test

import (
	"context"
	"errors"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/chronik-stream/metalog/conformance/trial"
	"github.com/chronik-stream/metalog/sdk"
)

// electing is a cluster of one node that leads only some time after its Open.
type electing struct{ ended *sync.WaitGroup }

func (e electing) Backend(string) sdk.Backend { return electingBackend{scripted{}, e.ended} }
func (electing) Kill(string)                  {}
func (electing) Partition(...[]string)        {}
func (electing) Heal()                        {}

type electingBackend struct {
	scripted
	ended *sync.WaitGroup
}

func (electingBackend) Info() sdk.Info {
	return sdk.Info{Name: "electing", Claims: sdk.Claims{sdk.Replicated}}
}

func (b electingBackend) Open(_ context.Context, _ sdk.Config, sm sdk.StateMachine) error {
	sm.SetStatus(sdk.Status{Health: sdk.HealthOK})
	opened := make(chan struct{})
	defer close(opened)
	b.ended.Go(func() {
		<-opened
		sm.SetStatus(sdk.Status{Health: sdk.HealthOK, CanPropose: true})
	})
	return nil
}

// Open doesn't wait for a quorum, so whoever opens one node waits for it.
func TestASingleNodeIsElectedFirst(t *testing.T) {
	var ended sync.WaitGroup
	target := trial.InProcessCluster("electing", func(...string) trial.Cluster { return electing{&ended} })
	info, err := target.Info(t.Context())
	require.NoError(t, err)
	c := trial.Case{ID: "TST-005", Run: func(ctx context.Context, s *trial.Stage) error {
		n, err := s.Start(ctx, "n1")
		if err == nil && !n.Machine.Status().CanPropose {
			err = errors.New("it can't be proposed to yet")
		}
		return err
	}}
	for range 20 {
		_, err = trial.Play(t.Context(), c, trial.Setting{Target: target, Info: info, Dir: t.TempDir() + "/c"})
		require.NoError(t, err)
	}
	ended.Wait()
}

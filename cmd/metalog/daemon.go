package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"path/filepath"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/chronik-stream/metalog/host"
	"github.com/chronik-stream/metalog/sdk"
	"github.com/chronik-stream/metalog/server"
)

// daemon is one node from its start to its stop.
type daemon struct {
	log         *slog.Logger
	stopTimeout time.Duration
	checkpoints time.Duration // between two of high watermarks; 0: there are none
	grpc, http  net.Listener
	backend     string
	config      host.Config
}

// run opens the node, serves it until ctx ends, and stops it. A first start
// that fails is the error; later the node looks after its backend by itself.
func (d *daemon) run(ctx context.Context) error {
	begin := time.Now()
	dir, err := filepath.Abs(d.config.DataDir)
	if err != nil {
		return err
	}
	d.log.Info("starting", "node", d.config.NodeID, "backend", d.backend, "data_dir", dir,
		"grpc", d.grpc.Addr().String(), "http", "http://"+d.http.Addr().String(), "version", d.config.Version)
	store, err := d.open(ctx)
	if err != nil {
		return errors.Join(d.startFailed(ctx, err), d.grpc.Close(), d.http.Close())
	}
	api := server.New(store, server.Config{
		GRPC: d.grpc, HTTP: d.http, Version: d.config.Version, Backend: d.backend, Logger: d.log,
	})
	return errors.Join(d.serve(ctx, store, api, begin), store.Close())
}

// open refuses a directory whose state was never brought into it.
func (d *daemon) open(ctx context.Context) (*host.Store, error) {
	if err := sdk.Unfinished(d.config.DataDir); err != nil {
		return nil, err
	}
	return openStore(ctx, d.config, d.log, host.WithCheckpoints(d.checkpoints))
}

// startFailed keeps an interrupted start apart from one that went wrong.
func (d *daemon) startFailed(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return &failure{code: exitError, err: fmt.Errorf("stopped while starting: %w", err)}
	}
	return &failure{code: exitError, err: fmt.Errorf("node %s can't start: %w", d.config.NodeID, err)}
}

func (d *daemon) serve(ctx context.Context, store *host.Store, api *server.Server, begin time.Time) error {
	group, ctx := errgroup.WithContext(ctx)
	group.Go(api.Serve)
	group.Go(func() error {
		d.announceReady(ctx, store, begin)
		<-ctx.Done()
		d.log.Info("stopping", "at_most", d.stopTimeout.String())
		stop, cancel := context.WithTimeout(context.WithoutCancel(ctx), d.stopTimeout)
		defer cancel()
		return api.Shutdown(stop)
	})
	return group.Wait()
}

func (d *daemon) announceReady(ctx context.Context, store *host.Store, begin time.Time) {
	if err := store.WaitReady(ctx); err != nil {
		if ctx.Err() == nil {
			d.log.Error("the node will not get ready", "err", err)
		}
		return
	}
	st := store.Status()
	d.log.Info("serving", "in", time.Since(begin).Round(time.Millisecond).String(),
		"revision", st.Revision, "topics", st.Counts.Topics, "digest", st.Digest.String(), "cluster", st.ClusterID)
}

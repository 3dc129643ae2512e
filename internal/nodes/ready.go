package nodes

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync"
	"time"
)

// asking bounds one question to a node, which may be frozen.
const asking = time.Second

// WaitReady waits until the node says that it is ready. Its process's end is an error
// with the last lines that it printed; at the end of ctx the error has what the node
// says is wrong.
func (n *Node) WaitReady(ctx context.Context) error {
	ask := http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: asking}
	ticker := time.NewTicker(tick)
	defer ticker.Stop()
	for why := errors.New("it hasn't been asked"); why != nil; {
		select {
		case <-n.Exited():
			return n.notRunning()
		case <-ctx.Done():
			return fmt.Errorf("node %s isn't ready: %w: %w", n.name, ctx.Err(), why)
		case <-ticker.C:
			if now := n.ready(ctx, &ask); now == nil || ctx.Err() == nil { // else it was cut short
				why = now
			}
		}
	}
	return nil
}

// EndedError is a node whose process has ended.
type EndedError struct {
	Node string
	How  string // such as exit status 1, or signal: killed
	Last string // the last lines that it printed
}

func (e *EndedError) Error() string {
	return fmt.Sprintf("node %s ended with %s. It said last:\n%s", e.Node, e.How, e.Last)
}

func (n *Node) notRunning() error {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.run == nil {
		return fmt.Errorf("node %s was never started", n.name)
	}
	return n.run.ending(n.name)
}

// ready asks once.
func (n *Node) ready(ctx context.Context, client *http.Client) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+n.at.http+"/readyz?verbose", nil)
	if err != nil {
		return err
	}
	answer, err := client.Do(request)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(io.LimitReader(answer.Body, longest))
	if err == nil && answer.StatusCode != http.StatusOK {
		err = fmt.Errorf("it says:\n%s", text)
	}
	return err
}

// WaitReady waits until every node that was ever started is ready. It returns as soon
// as one has ended: without it, the others may never be.
func (c *Cluster) WaitReady(ctx context.Context) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	err := c.each(func(n *Node) error {
		err := n.WaitReady(ctx)
		if ended, ok := errors.AsType[*EndedError](err); ok {
			cancel(ended)
		}
		return err
	})
	if ended, ok := errors.AsType[*EndedError](context.Cause(ctx)); ok {
		return ended
	}
	return err
}

// each does the same with all nodes at once.
func (c *Cluster) each(do func(*Node) error) error {
	nodes := c.Nodes()
	errs := make([]error, len(nodes))
	var all sync.WaitGroup
	for i, n := range nodes {
		all.Go(func() { errs[i] = do(n) })
	}
	all.Wait()
	return errors.Join(errs...)
}

package launch

import (
	"context"
	"errors"
	"fmt"
	"time"

	"google.golang.org/grpc"

	"github.com/chronik-stream/metalog/sdk"
)

// watch waits for the end of the session or of the process, whichever comes
// first, and sees to it that the other ends too.
func (b *backend) watch() {
	defer close(b.done)
	hung := false
	select {
	case <-b.proc.exited:
		b.sessionWithin(breakWait)
	case <-b.Proxy.Done():
	case hung = <-b.given:
	}
	forced := b.proc.end(b.conn, b.grace(hung))
	b.endSession()
	b.err = b.reason(forced)
}

// grace is how long the process may take to end by itself. One whose Close
// hangs gets none, so that its stacks show where. One that lost its session
// gets little: if it doesn't notice, it hangs too.
func (b *backend) grace(hung bool) time.Duration {
	switch {
	case hung:
		return 0
	case b.isClosing():
		return exitWait
	default:
		return lostWait
	}
}

func (b *backend) isClosing() bool {
	select {
	case <-b.closing:
		return true
	default:
		return false
	}
}

// sessionWithin gives the session d to notice that the process is gone, so
// that it says so rather than that it was ended from here.
func (b *backend) sessionWithin(d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-b.Proxy.Done():
	case <-timer.C:
	}
}

// endSession ends a session that has no connection any more, or had none yet.
func (b *backend) endSession() {
	over, cancel := context.WithCancel(context.Background())
	cancel()
	_ = b.Proxy.Close(over) // what it has to say is in Err
}

// end ends the session, sees to the end of the process, and reports whether
// that took force. Without grace the stacks come first: once its session is
// gone, a plugin may exit without a word.
func (p *process) end(conn *grpc.ClientConn, grace time.Duration) (forced bool) {
	defer conn.Close()
	if grace > 0 {
		_ = conn.Close()
		p.hangUp()
		if p.within(grace) {
			return false
		}
	}
	p.out.logger().Warn("the plugin hangs: asking for its stacks, then killing its process group")
	p.askForStacks()
	if !p.within(stacksWait) {
		p.kill()
		p.lost()
	}
	return true
}

// lost waits for a killed process, and gives up on one that even SIGKILL
// doesn't end (it waits for a disk, say): it is then left to itself.
func (p *process) lost() {
	if !p.within(killWait) {
		p.out.logger().Error("the plugin's process can't be killed; it may still hold its data directory")
	}
}

// reason says why the plugin ended; nil if it was asked to.
func (b *backend) reason(forced bool) error {
	if b.isClosing() {
		return nil
	}
	said := b.Proxy.Err()
	if sdk.Terminal(said) {
		return fmt.Errorf("plugin %s: %w", b.name, said)
	}
	e := &sdk.Error{Reason: sdk.ReasonClosed}
	switch {
	case forced:
		e.Message = fmt.Sprintf("plugin %s didn't end with its session and was killed", b.name)
		e.Err = said
	case said != nil && !errors.Is(said, sdk.ErrClosed): // the plugin's own last word
		e.Message = fmt.Sprintf("plugin %s ended (%s)", b.name, b.proc.ended())
		e.Err = said
	case b.proc.out.tail() != "":
		e.Message = fmt.Sprintf("plugin %s ended (%s).%s", b.name, b.proc.ended(), printed(b.proc))
	default: // it went without a word, and the session saw only that
		e.Message = fmt.Sprintf("plugin %s ended (%s)", b.name, b.proc.ended())
	}
	return e
}

// orEnd replaces what a call saw of a broken session by why the plugin ended,
// if that shows within breakWait.
func (b *backend) orEnd(err error) error {
	if !errors.Is(err, sdk.ErrClosed) {
		return err
	}
	timer := time.NewTimer(breakWait)
	defer timer.Stop()
	select {
	case <-b.done:
	case <-timer.C:
	}
	if end := b.Err(); end != nil {
		return end
	}
	return err
}

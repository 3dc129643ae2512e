package launch

import (
	"context"

	"google.golang.org/grpc"
)

// Connection is one running plugin and the way to it, for a tool that speaks
// the protocol itself: it has no session, no heartbeat and no proxy. Any
// goroutine may use it.
type Connection struct {
	proc *process
	conn *grpc.ClientConn
}

// Connect starts the plugin as Open does, and asks it nothing. Its errors are
// those of Open and leave nothing behind. The caller must Close what it gets.
func (p Plugin) Connect(ctx context.Context) (*Connection, error) {
	ctx, cancel := context.WithTimeout(ctx, p.startTimeout())
	defer cancel()
	proc, conn, err := p.start(ctx)
	if err != nil {
		return nil, err
	}
	return &Connection{proc: proc, conn: conn}, nil
}

// Conn is the way to the plugin's service. To close it is to cut the plugin off.
func (c *Connection) Conn() *grpc.ClientConn { return c.conn }

// PID is the process's number.
func (c *Connection) PID() int { return c.proc.pid() }

// Dir is the process's private directory, gone with it: the socket is there, and
// its working directory.
func (c *Connection) Dir() string { return c.proc.room.dir }

// Done is closed when the process is gone and what it held is free again.
func (c *Connection) Done() <-chan struct{} { return c.proc.exited }

// Ended says how the process ended, as in "exit status 0"; empty before Done.
func (c *Connection) Ended() string { return c.proc.ended() }

// HangUp closes the death pipe, as the end of this process would. It doesn't wait.
func (c *Connection) HangUp() { c.proc.hangUp() }

// Kill ends the process group by SIGKILL. It doesn't wait.
func (c *Connection) Kill() { c.proc.kill() }

// Close cuts the plugin off, kills its process group if that is still there, and
// returns when nothing of it is left, about a second later at most. More than
// one call is fine.
func (c *Connection) Close() {
	_ = c.conn.Close() // an error says that it is closed
	c.proc.kill()
	c.proc.lost()
}

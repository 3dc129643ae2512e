package client

import "time"

// Silence is how long a watch of c waits for a word, from now on. A test has no
// time for the usual.
func (c *Client) Silence(d time.Duration) { c.silence = d }

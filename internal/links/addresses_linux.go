package links

import (
	"crypto/rand"
	"fmt"
	"net"
)

// attempts at an address that is free; the first one nearly always is.
const attempts = 20

// allocate chooses a loopback address at random, out of sixteen million, so that
// the port where the node is to listen stays free until it does.
func allocate() (Addresses, error) {
	address, err := Free()
	host, _, _ := net.SplitHostPort(address) // our own
	return Addresses{Advertised: net.JoinHostPort(host, "0"), Listen: address}, err
}

// Free is a loopback address where nobody listens, or is likely to. Its port is
// below those which systems give to whoever asks for any.
func Free() (string, error) {
	var err error
	for range attempts {
		var b [5]byte
		_, _ = rand.Read(b[:]) // never fails, see crypto/rand
		address := fmt.Sprintf("127.%d.%d.%d:%d", 1+b[0]%254, b[1], 1+b[2]%254, 20000+(int(b[3])<<8|int(b[4]))%10000)
		var l *net.TCPListener
		if l, err = listen(address); err != nil {
			continue
		}
		if err = l.Close(); err == nil {
			return address, nil
		}
	}
	return "", err
}

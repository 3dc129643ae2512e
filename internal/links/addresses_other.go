//go:build !linux

package links

func allocate() (Addresses, error) {
	address, err := Free()
	return Addresses{Advertised: "127.0.0.1:0", Listen: address}, err
}

// Free is a loopback address where nobody listens now; another process may take it
// before a node does.
func Free() (string, error) {
	l, err := listen("127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return l.Addr().String(), l.Close()
}

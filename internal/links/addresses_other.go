//go:build !linux

package links

// allocate takes a port that is free now; another process may take it before the
// node listens there.
func allocate() (Addresses, error) {
	l, err := listen("127.0.0.1:0")
	if err != nil {
		return Addresses{}, err
	}
	return Addresses{Advertised: "127.0.0.1:0", Listen: l.Addr().String()}, l.Close()
}

package links

import (
	"net"
	"net/netip"
	"testing"

	"github.com/stretchr/testify/require"
)

// As the kernel writes them on a machine of little endian.
const socketTable = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0A01027F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 11 1 0 100 0 0 10 0
   1: 0100007F:C350 0A01027F:1F90 06 00000000:00000000 03:00000000 00000000     0        0 0 3 0
   2: 0100007F:C350 0A01027F:1F91 01 00000000:00000000 00:00000000 00000000  1000        0 22 1 0 20 4 30 10 -1
   3: 0000000000000000FFFF00000100007F:C351 0000000000000000FFFF00000A01027F:1F90 01 00000000:00000000 00:00000000 00000000  1000        0 33 1 0 20 4 30 10 -1
   4: nonsense:C352 x
`

func TestFindSocket(t *testing.T) {
	node := netip.MustParseAddrPort("127.2.1.10:8080")
	for from, want := range map[string]string{
		"127.0.0.1:50000": "", // what is left of it waits for its end, and is nobody's
		"127.0.0.1:50001": "33",
		"127.0.0.1:50002": "",
	} {
		got, ok := findSocket(socketTable, netip.MustParseAddrPort(from), node)
		require.Equal(t, want, got)
		require.Equal(t, want != "", ok)
	}
	got, _ := findSocket(socketTable, netip.MustParseAddrPort("127.0.0.1:50000"), netip.MustParseAddrPort("127.2.1.10:8081"))
	require.Equal(t, "22", got)
}

// Both ways to find a socket find the same one, and none that is gone.
func TestInodeOf(t *testing.T) {
	for _, address := range []string{"127.0.0.1:0", "[::1]:0"} {
		l, err := net.Listen("tcp", address)
		if err != nil {
			t.Logf("no %s here: %v", address, err)
			continue
		}
		c, err := net.Dial("tcp", l.Addr().String())
		require.NoError(t, err)
		from, to := endOf(c.LocalAddr()), endOf(c.RemoteAddr())
		inode, err := lookUpInode(from, to)
		require.NoError(t, err)
		if asked, ok := askInode(from, to); ok {
			require.Equal(t, inode, asked)
		} else {
			t.Log("the kernel isn't asked here")
		}
		require.NoError(t, c.Close())
		_, ok := askInode(from, to)
		require.False(t, ok)
		_, err = inodeOf(from, to)
		require.ErrorContains(t, err, "is gone already")
		require.NoError(t, l.Close())
	}
}

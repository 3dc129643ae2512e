package links

import (
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"strconv"
	"strings"
)

// lookups is how often the kernel's table is read before a socket counts as gone:
// one reading may miss a line while others go.
const lookups = 3

// The columns of the kernel's table.
const (
	columnLocal  = 1
	columnRemote = 2
	columnInode  = 9
)

// inodeOf names the socket whose own end is from, connected to to.
func inodeOf(from, to netip.AddrPort) (string, error) {
	if inode, ok := askInode(from, to); ok {
		return inode, nil
	}
	return lookUpInode(from, to)
}

// lookUpInode finds it in the kernel's table of all sockets.
func lookUpInode(from, to netip.AddrPort) (string, error) {
	for range lookups {
		for _, table := range []string{"/proc/net/tcp", "/proc/net/tcp6"} { // the second has mapped ones, too
			content, err := os.ReadFile(table)
			if err != nil && !errors.Is(err, os.ErrNotExist) {
				return "", err
			}
			if inode, ok := findSocket(string(content), from, to); ok {
				return inode, nil
			}
		}
	}
	return "", fmt.Errorf("the socket at %v is gone already", from)
}

func findSocket(table string, from, to netip.AddrPort) (inode string, ok bool) {
	port := fmt.Sprintf(":%04X ", from.Port()) // a quick look before a thorough one
	for line := range strings.Lines(table) {
		if !strings.Contains(line, port) {
			continue
		}
		columns := strings.Fields(line)
		if len(columns) > columnInode && columns[columnInode] != "0" &&
			isEnd(columns[columnLocal], from) && isEnd(columns[columnRemote], to) {
			return columns[columnInode], true
		}
	}
	return "", false
}

func isEnd(column string, end netip.AddrPort) bool {
	at, ok := parseEnd(column)
	return ok && at == end
}

// parseEnd reads an address of the table: words of 32 bits in the machine's order,
// in hex, then the port.
func parseEnd(column string) (netip.AddrPort, bool) {
	address, port, _ := strings.Cut(column, ":")
	raw, err := hex.DecodeString(address)
	if err != nil || len(raw)%4 != 0 {
		return netip.AddrPort{}, false
	}
	for i := 0; i < len(raw); i += 4 {
		binary.NativeEndian.PutUint32(raw[i:], binary.BigEndian.Uint32(raw[i:]))
	}
	ip, ok := netip.AddrFromSlice(raw)
	number, err := strconv.ParseUint(port, 16, 16)
	return netip.AddrPortFrom(ip.Unmap(), uint16(number)), ok && err == nil
}

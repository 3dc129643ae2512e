package links

import (
	"encoding/binary"
	"net/netip"
	"strconv"
	"time"

	"golang.org/x/sys/unix"
)

// What the kernel's socket monitor takes and gives, see sock_diag(7): a header, then
// a request of the socket with these two ends.
const (
	headerSize    = 16
	requestSize   = headerSize + 56
	requestByName = 20 // SOCK_DIAG_BY_FAMILY

	requestFamily = headerSize
	requestProto  = headerSize + 1
	requestStates = headerSize + 4
	requestEnds   = headerSize + 8  // ports, then addresses of 16 bytes
	requestCookie = headerSize + 48 // all bits set: any

	answerEnds  = headerSize + 4
	answerInode = headerSize + 68
	answerSize  = headerSize + 72
)

// askTimeout bounds one answer, which comes at once or never.
const askTimeout = time.Second

// askInode asks the kernel for the socket whose own end is from, connected to to. It
// costs the same however many sockets there are; where nobody answers, as in some
// sandboxes, it isn't ok.
func askInode(from, to netip.AddrPort) (inode string, ok bool) {
	fd, err := unix.Socket(unix.AF_NETLINK, unix.SOCK_RAW|unix.SOCK_CLOEXEC, unix.NETLINK_INET_DIAG)
	if err != nil {
		return "", false
	}
	defer func() { _ = unix.Close(fd) }()
	limit := unix.NsecToTimeval(askTimeout.Nanoseconds())
	if unix.SetsockoptTimeval(fd, unix.SOL_SOCKET, unix.SO_RCVTIMEO, &limit) != nil {
		return "", false
	}
	request := diagRequest(from, to)
	if unix.Sendto(fd, request, 0, &unix.SockaddrNetlink{Family: unix.AF_NETLINK}) != nil {
		return "", false
	}
	answer := make([]byte, 4096)
	n, _, err := unix.Recvfrom(fd, answer, 0)
	if err != nil {
		return "", false
	}
	return readDiag(request, answer[:n])
}

func diagRequest(from, to netip.AddrPort) []byte {
	r := make([]byte, requestSize)
	binary.NativeEndian.PutUint32(r, requestSize)
	binary.NativeEndian.PutUint16(r[4:], requestByName)
	binary.NativeEndian.PutUint16(r[6:], unix.NLM_F_REQUEST)
	r[requestFamily], r[requestProto] = unix.AF_INET6, unix.IPPROTO_TCP
	if from.Addr().Is4() {
		r[requestFamily] = unix.AF_INET
	}
	binary.NativeEndian.PutUint32(r[requestStates:], ^uint32(0))
	ends := r[requestEnds:]
	binary.BigEndian.PutUint16(ends, from.Port())
	binary.BigEndian.PutUint16(ends[2:], to.Port())
	copy(ends[4:20], from.Addr().AsSlice())
	copy(ends[20:36], to.Addr().AsSlice())
	binary.NativeEndian.PutUint64(r[requestCookie:], ^uint64(0))
	return r
}

// readDiag reads the answer to request: an error, or a socket that may be another
// one, such as the listener of a connection that is gone.
func readDiag(request, answer []byte) (inode string, ok bool) {
	if len(answer) < answerSize || binary.NativeEndian.Uint16(answer[4:]) != requestByName {
		return "", false
	}
	const ports = 4
	if string(answer[answerEnds:answerEnds+ports]) != string(request[requestEnds:requestEnds+ports]) {
		return "", false
	}
	number := binary.NativeEndian.Uint32(answer[answerInode:])
	return strconv.FormatUint(uint64(number), 10), number != 0
}

package links_test

import (
	"bufio"
	"fmt"
	"net"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"

	"go.uber.org/goleak"
)

// The variables that make a node of the test binary, or a child of one.
const (
	listenVariable = "METALOG_TEST_LISTEN"
	dialVariable   = "METALOG_TEST_DIAL"
)

func TestMain(m *testing.M) {
	switch {
	case os.Getenv(listenVariable) != "":
		beNode(os.Getenv(listenVariable))
	case os.Getenv(dialVariable) != "":
		beChild(os.Getenv(dialVariable))
	default:
		goleak.VerifyTestMain(m)
	}
}

// beNode does what it is told line by line, and tells what happens to it:
//
//	dial KEY ADDRESS    dialed KEY, or failed KEY
//	send KEY TEXT       on a connection that it dialed
//	say TEXT            on all that it accepted
//	close KEY
//	child ADDRESS TEXT  a process of its own dials and sends
//
//	heard TEXT, got KEY TEXT, lost (accepted), ended KEY (dialed)
func beNode(address string) {
	n := &testNode{dialed: map[string]net.Conn{}}
	l, err := net.Listen("tcp", address)
	if err != nil {
		fmt.Println("failed", err)
		os.Exit(1)
	}
	go n.accept(l)
	fmt.Println("ready")
	for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
		n.obey(strings.SplitN(lines.Text(), " ", 3))
	}
}

type testNode struct {
	mu       sync.Mutex
	accepted []net.Conn
	dialed   map[string]net.Conn
}

func (n *testNode) accept(l net.Listener) {
	for {
		c, err := l.Accept()
		if err != nil {
			return
		}
		n.mu.Lock()
		n.accepted = append(n.accepted, c)
		n.mu.Unlock()
		go func() {
			for lines := bufio.NewScanner(c); lines.Scan(); {
				fmt.Println("heard", lines.Text())
			}
			fmt.Println("lost")
			_ = c.Close()
		}()
	}
}

func (n *testNode) obey(words []string) {
	switch words[0] {
	case "dial":
		c, err := net.Dial("tcp", words[2])
		if err != nil {
			fmt.Println("failed", words[1])
			return
		}
		n.dialed[words[1]] = c
		fmt.Println("dialed", words[1])
		go func() {
			for lines := bufio.NewScanner(c); lines.Scan(); {
				fmt.Println("got", words[1], lines.Text())
			}
			fmt.Println("ended", words[1])
		}()
	case "send":
		_, _ = fmt.Fprintln(n.dialed[words[1]], words[2])
	case "say":
		n.mu.Lock()
		for _, c := range n.accepted {
			_, _ = fmt.Fprintln(c, words[1])
		}
		n.mu.Unlock()
	case "close":
		_ = n.dialed[words[1]].Close()
	case "child":
		child := exec.Command("/proc/self/exe")
		child.Env = []string{dialVariable + "=" + words[1] + " " + words[2]}
		child.Stdin, child.Stdout = os.Stdin, nil
		_ = child.Start()
		go func() { _ = child.Wait() }()
	}
}

// beChild dials, sends, and waits for the end of the connection.
func beChild(order string) {
	address, text, _ := strings.Cut(order, " ")
	c, err := net.Dial("tcp", address)
	if err != nil {
		os.Exit(1)
	}
	_, _ = fmt.Fprintln(c, text)
	_, _ = bufio.NewReader(c).ReadString('\n')
}

package launch

import "os"

// inherited names what a plugin may see of the host's environment: where
// things are, how to print, which certificates to trust, and the switches of
// the Go runtime. Anything else, a secret above all, is given by Plugin.Env or
// not at all.
var inherited = []string{
	"PATH", "HOME", "TMPDIR",
	"LANG", "LC_ALL", "TZ",
	"SSL_CERT_FILE", "SSL_CERT_DIR",
	"GODEBUG", "GOTRACEBACK", "GOMAXPROCS", "GOCOVERDIR", "GORACE",
}

// environment is the allowed part of the host's, then explicit; a later one of
// the same name wins.
func environment(explicit []string) []string {
	env := make([]string, 0, len(inherited)+len(explicit))
	for _, name := range inherited {
		if value, ok := os.LookupEnv(name); ok {
			env = append(env, name+"="+value)
		}
	}
	return append(env, explicit...)
}

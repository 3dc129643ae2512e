package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"strconv"
	"time"

	"github.com/spf13/pflag"
)

// setting is one thing a node can be told, under the same name everywhere: a
// key of the file, METALOG_ and the key in capitals with __ for each dot in the
// environment, and a flag.
type setting struct {
	key      string
	flag     string
	fallback string
	help     string
	kind     settingKind
}

type settingKind uint8

const (
	kindText settingKind = iota
	kindBool
	kindDuration
	kindJSON // a mapping in the file, JSON elsewhere; its keys are the backend's
)

// settings are all of a node's, in the order they are shown.
var settings = []setting{
	{key: "node_id", flag: "node-id", fallback: "n1", help: "this node's name, unique in the cluster"},
	{key: "cluster_id", flag: "cluster-id", help: "the cluster's id (default: the data directory's, or a new one)"},
	{key: "data_dir", flag: "data-dir", fallback: "data", help: "where the backend keeps its data"},
	{key: "backend.name", flag: "backend", fallback: "local", help: "a built-in backend, or the path of a plugin (./mine)"},
	{key: "backend.sha256", flag: "backend-sha256", help: "refuse to start a plugin with another checksum"},
	{key: "backend.options", flag: "backend-options", help: "the backend's own settings, as JSON", kind: kindJSON},
	{key: "listen.grpc", flag: "listen-grpc", fallback: defaultAddr, help: "address of the gRPC API"},
	{key: "listen.http", flag: "listen-http", fallback: "127.0.0.1:7401", help: "address of /livez, /readyz and /metrics"},
	{key: "listen.peer", flag: "listen-peer", help: "where the backend listens for other nodes (default: its address in the data directory)"},
	{key: "log.level", flag: "log-level", fallback: "info", help: "debug, info, warn or error"},
	{key: "log.format", flag: "log-format", fallback: "text", help: "text or json"},
	{key: "stop_timeout", flag: "stop-timeout", fallback: "10s", help: "how long calls under way may take to end at a stop", kind: kindDuration},
	{key: "watermark_checkpoint", flag: "watermark-checkpoint", fallback: "5s", help: "how often high watermarks are made known to all nodes, 0 for never", kind: kindDuration},
	{key: "insecure", flag: "insecure", fallback: "false", help: "listen beyond this machine without TLS", kind: kindBool},
}

// nodeConfig is what the settings come to.
type nodeConfig struct {
	NodeID              string        `koanf:"node_id"`
	ClusterID           string        `koanf:"cluster_id"`
	DataDir             string        `koanf:"data_dir"`
	Backend             backendConfig `koanf:"backend"`
	Listen              listenConfig  `koanf:"listen"`
	Log                 logConfig     `koanf:"log"`
	StopTimeout         time.Duration `koanf:"stop_timeout"`
	WatermarkCheckpoint time.Duration `koanf:"watermark_checkpoint"`
	Insecure            bool          `koanf:"insecure"`
}

type backendConfig struct {
	Name    string         `koanf:"name"`
	SHA256  string         `koanf:"sha256"`
	Options map[string]any `koanf:"options"`
}

type listenConfig struct {
	GRPC string `koanf:"grpc"`
	HTTP string `koanf:"http"`
	Peer string `koanf:"peer"`
}

type logConfig struct {
	Level  string `koanf:"level"`
	Format string `koanf:"format"`
}

// settingFlags adds a flag for each setting, and --config.
func settingFlags(flags *pflag.FlagSet) {
	flags.String("config", "", "a YAML file of settings")
	for _, s := range settings {
		if s.kind == kindBool {
			flags.Bool(s.flag, s.fallback == "true", s.help)
		} else {
			flags.String(s.flag, s.fallback, s.help)
		}
	}
}

// parse reads a setting's text, wherever it stands.
func (s setting) parse(text string) (any, error) {
	switch s.kind {
	case kindBool:
		value, err := strconv.ParseBool(text)
		if err != nil {
			return nil, fmt.Errorf("%q is neither true nor false", text)
		}
		return value, nil
	case kindDuration:
		value, err := time.ParseDuration(text)
		if err != nil {
			return nil, fmt.Errorf("%q isn't a time such as 30s", text)
		}
		return value, nil
	case kindJSON:
		return parseOptions(text)
	default:
		return text, nil
	}
}

func parseOptions(text string) (map[string]any, error) {
	options := map[string]any{}
	if text == "" {
		return options, nil
	}
	if err := json.Unmarshal([]byte(text), &options); err != nil {
		return nil, fmt.Errorf("%q isn't a JSON object: %w", text, err)
	}
	return options, nil
}

func settingOf(key string) (setting, bool) {
	for _, s := range settings {
		if s.key == key {
			return s, true
		}
	}
	return setting{}, false
}

// optionsJSON is what crosses to the backend: nil if it has no settings.
func (b backendConfig) optionsJSON() (json.RawMessage, error) {
	if len(b.Options) == 0 {
		return nil, nil
	}
	return json.Marshal(b.Options)
}

// check refuses what no start could succeed with. It names the key, which the
// caller turns into the place where it was set.
func (n nodeConfig) check() (key string, err error) {
	if n.NodeID == "" {
		return "node_id", errors.New("is empty: give the node a name")
	}
	if n.DataDir == "" {
		return "data_dir", errors.New("is empty: say where the data is kept")
	}
	if n.Backend.Name == "" {
		return "backend.name", errors.New("is empty: give a built-in backend's name or a plugin's path")
	}
	if _, err := parseLevel(n.Log.Level); err != nil {
		return "log.level", err
	}
	if n.Log.Format != "text" && n.Log.Format != "json" {
		return "log.format", fmt.Errorf("%q is neither text nor json", n.Log.Format)
	}
	if n.StopTimeout <= 0 {
		return "stop_timeout", fmt.Errorf("%s isn't a time to wait", n.StopTimeout)
	}
	if n.WatermarkCheckpoint < 0 {
		return "watermark_checkpoint", fmt.Errorf("%s isn't a time between checkpoints, nor 0 for none", n.WatermarkCheckpoint)
	}
	if err := n.checkListen(n.Listen.GRPC); err != nil {
		return "listen.grpc", err
	}
	if err := n.checkListen(n.Listen.HTTP); err != nil {
		return "listen.http", err
	}
	return "", nil
}

// checkListen refuses an address that others can reach, unless that was asked
// for: there is no TLS yet.
func (n nodeConfig) checkListen(address string) error {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return fmt.Errorf("%q isn't HOST:PORT", address)
	}
	ip := net.ParseIP(host)
	if host == "localhost" || ip.IsLoopback() || n.Insecure {
		return nil
	}
	return fmt.Errorf("%q can be reached from other machines, and nothing protects it. "+
		"Listen on 127.0.0.1, or say --insecure", address)
}

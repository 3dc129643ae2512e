package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/knadh/koanf/providers/confmap"
	"github.com/knadh/koanf/providers/env/v2"
	"github.com/knadh/koanf/providers/posflag"
	"github.com/knadh/koanf/v2"
	"github.com/spf13/pflag"
)

const envPrefix = "METALOG_"

// loaded is a node's configuration and where each setting came from.
type loaded struct {
	config nodeConfig
	values *koanf.Koanf
	origin map[string]string // by the setting's key: "default", "n1.yaml:3", "METALOG_NODE_ID", "--node-id"
}

// loadSettings puts a node's settings together: flags over the environment over
// the file over the defaults.
func loadSettings(flags *pflag.FlagSet) (*loaded, error) {
	l := &loaded{values: koanf.New("."), origin: map[string]string{}}
	file, err := flags.GetString("config")
	if err != nil {
		return nil, err
	}
	for _, layer := range []func() error{
		l.addDefaults,
		func() error { return l.addFile(file) },
		l.addEnvironment,
		func() error { return l.addFlags(flags) },
	} {
		if err := layer(); err != nil {
			return nil, err
		}
	}
	if err := l.values.Unmarshal("", &l.config); err != nil {
		return nil, usagef("configuration: %w", err)
	}
	if key, err := l.config.check(); err != nil {
		return nil, usagef("%s %w", l.where(key), err)
	}
	return l, nil
}

// where names a setting as its owner knows it: the flag, or its key and the
// place it was set at.
func (l *loaded) where(key string) string {
	s, _ := settingOf(key)
	if origin := l.origin[key]; origin != "default" && origin != "--"+s.flag {
		return origin + ": " + key
	}
	return "--" + s.flag
}

func (l *loaded) addDefaults() error {
	values := map[string]any{}
	for _, s := range settings {
		value, err := s.parse(s.fallback)
		if err != nil {
			return fmt.Errorf("default of %s: %w", s.key, err)
		}
		values[s.key], l.origin[s.key] = value, "default"
	}
	return l.values.Load(confmap.Provider(values, "."), nil)
}

func (l *loaded) addEnvironment() error {
	var wrong error
	provider := env.Provider(".", env.Opt{Prefix: envPrefix, TransformFunc: func(name, text string) (string, any) {
		key, value, err := fromEnvironment(name, text)
		if err != nil {
			wrong = errors.Join(wrong, err)
			return "", nil
		}
		if key != "" {
			l.origin[key] = name
		}
		return key, value
	}})
	values, err := provider.Read()
	if err := errors.Join(wrong, err); err != nil {
		return &failure{code: exitUsage, err: err}
	}
	return l.values.Load(confmap.Provider(values, "."), nil, replaceOptions)
}

// clientVariables begin like a setting and aren't one.
var clientVariables = map[string]bool{"METALOG_ADDR": true}

func fromEnvironment(name, text string) (key string, value any, err error) {
	if clientVariables[name] {
		return "", nil, nil
	}
	key = strings.ToLower(strings.ReplaceAll(strings.TrimPrefix(name, envPrefix), "__", "."))
	s, ok := settingOf(key)
	if !ok {
		return "", nil, fmt.Errorf("environment: %s isn't a setting%s. See: metalog config show",
			name, didYouMean(name, environmentNames()))
	}
	value, err = s.parse(text)
	if err != nil {
		return "", nil, fmt.Errorf("environment: %s: %w", name, err)
	}
	return key, value, nil
}

func (s setting) environmentName() string {
	return envPrefix + strings.ToUpper(strings.ReplaceAll(s.key, ".", "__"))
}

func environmentNames() []string {
	var names []string
	for _, s := range settings {
		names = append(names, s.environmentName())
	}
	return names
}

func (l *loaded) addFlags(flags *pflag.FlagSet) error {
	var wrong error
	provider := posflag.ProviderWithFlag(flags, ".", nil, func(f *pflag.Flag) (string, any) {
		s, ok := settingOfFlag(f.Name)
		if !ok || !f.Changed {
			return "", nil
		}
		value, err := s.parse(f.Value.String())
		if err != nil {
			wrong = errors.Join(wrong, usagef("--%s: %w", f.Name, err))
		}
		l.origin[s.key] = "--" + f.Name
		return s.key, value
	})
	values, err := provider.Read()
	if err := errors.Join(wrong, err); err != nil {
		return err
	}
	return l.values.Load(confmap.Provider(values, "."), nil, replaceOptions)
}

func settingOfFlag(name string) (setting, bool) {
	for _, s := range settings {
		if s.flag == name {
			return s, true
		}
	}
	return setting{}, false
}

// replaceOptions merges a layer, but for the backend's own settings: a layer
// that has any replaces those below, since we can't know what goes together.
var replaceOptions = koanf.WithMergeFunc(func(src, dest map[string]any) error {
	return mergeReplacing(src, dest, "")
})

func mergeReplacing(src, dest map[string]any, path string) error {
	for name, value := range src {
		inner, isMap := value.(map[string]any)
		below, hasMap := dest[name].(map[string]any)
		key := strings.TrimPrefix(path+"."+name, ".")
		if s, ok := settingOf(key); isMap && hasMap && (!ok || s.kind != kindJSON) {
			if err := mergeReplacing(inner, below, key); err != nil {
				return err
			}
			continue
		}
		dest[name] = value
	}
	return nil
}

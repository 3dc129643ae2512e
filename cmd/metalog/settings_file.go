package main

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/knadh/koanf/providers/confmap"
	"go.yaml.in/yaml/v3"
)

// addFile reads the file's settings. Every key has to be known, and is
// remembered with its line.
func (l *loaded) addFile(path string) error {
	if path == "" {
		return nil
	}
	raw, err := readSettingsFile(path)
	if err != nil {
		return err
	}
	var document yaml.Node
	if err := yaml.Unmarshal(raw, &document); err != nil {
		return usagef("%s: %s", path, strings.TrimPrefix(err.Error(), "yaml: "))
	}
	if len(document.Content) == 0 {
		return nil
	}
	r := fileReader{path: path, origin: l.origin, values: map[string]any{}}
	r.mapping(document.Content[0], "")
	if err := errors.Join(r.wrong...); err != nil {
		return &failure{code: exitUsage, err: err}
	}
	return l.values.Load(confmap.Provider(r.values, "."), nil, replaceOptions)
}

// fileReader walks a YAML file, so that each complaint has its line.
type fileReader struct {
	path   string
	origin map[string]string
	values map[string]any // by the setting's key
	wrong  []error
}

func (r *fileReader) mapping(node *yaml.Node, prefix string) {
	if node.Kind != yaml.MappingNode {
		r.complain(node, "%sis not a mapping of keys to values", strings.TrimPrefix(prefix+" ", " "))
		return
	}
	seen := map[string]bool{}
	for i := 0; i+1 < len(node.Content); i += 2 {
		name, value := node.Content[i], node.Content[i+1]
		key := strings.TrimPrefix(prefix+"."+name.Value, ".")
		if seen[key] {
			r.complain(name, "%q is set twice", key)
		}
		seen[key] = true
		r.entry(name, value, key)
	}
}

func (r *fileReader) entry(name, value *yaml.Node, key string) {
	s, known := settingOf(key)
	switch {
	case known:
		r.setting(s, value)
	case isPrefix(key):
		r.mapping(value, key)
	default:
		r.complain(name, "unknown key %q%s", key, didYouMean(key, settingKeys()))
	}
}

func (r *fileReader) setting(s setting, value *yaml.Node) {
	r.origin[s.key] = fmt.Sprintf("%s:%d", r.path, value.Line)
	if s.kind == kindJSON {
		options := map[string]any{}
		if err := value.Decode(&options); err != nil {
			r.complain(value, "%s is not a mapping of keys to values", s.key)
		}
		r.values[s.key] = options
		return
	}
	if value.Kind != yaml.ScalarNode {
		r.complain(value, "%s is one value, not a list or a mapping", s.key)
		return
	}
	parsed, err := s.parse(value.Value)
	if err != nil {
		r.complain(value, "%s: %w", s.key, err)
	}
	r.values[s.key] = parsed
}

func (r *fileReader) complain(at *yaml.Node, format string, values ...any) {
	r.wrong = append(r.wrong, fmt.Errorf("%s:%d: "+format, append([]any{r.path, at.Line}, values...)...))
}

func isPrefix(key string) bool {
	for _, s := range settings {
		if strings.HasPrefix(s.key, key+".") {
			return true
		}
	}
	return false
}

// settingKeys are the keys that a file may have, groups among them.
func settingKeys() []string {
	var keys []string
	for _, s := range settings {
		if group, _, ok := strings.Cut(s.key, "."); ok && !slices.Contains(keys, group) {
			keys = append(keys, group)
		}
		keys = append(keys, s.key)
	}
	return keys
}

func readSettingsFile(path string) ([]byte, error) {
	raw, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil, usagef("no configuration file at %s", path)
	}
	if err != nil {
		return nil, usagef("configuration file: %w", err)
	}
	return raw, nil
}

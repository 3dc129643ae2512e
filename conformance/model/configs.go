package model

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/chronik-stream/metalog/metadata"
)

// cleanupPolicy stands for all that Kafka's table knows: a list of a topic's.
const cleanupPolicy = "cleanup.policy"

// validConfig is the little of the schema that sequences use.
func validConfig(of metadata.ResourceType, key, value string) bool {
	if strings.HasPrefix(key, "x.") {
		return true
	}
	if of != metadata.ResourceTopic || key != cleanupPolicy {
		return false
	}
	for _, v := range list(value) {
		if v != "delete" && v != "compact" {
			return false
		}
	}
	return true
}

func list(value string) []string {
	if value == "" {
		return nil
	}
	return strings.Split(value, ",")
}

// alterConfigs is T3.
func (e *event) alterConfigs(spec metadata.ConfigSpec) (metadata.Response, metadata.Code) {
	if code := e.checkResource(spec.Resource); code != metadata.CodeNone {
		return refused(code)
	}
	keys := map[string]bool{}
	for _, op := range spec.Ops {
		if keys[op.Key] || op.Kind < metadata.ConfigSet || op.Kind > metadata.ConfigSubtract || op.Value == nil && op.Kind != metadata.ConfigDelete {
			return refused(metadata.CodeInvalidRequest)
		}
		keys[op.Key] = true
	}
	for _, op := range spec.Ops {
		isList := spec.Resource.Type == metadata.ResourceTopic && op.Key == cleanupPolicy
		if (op.Kind == metadata.ConfigAppend || op.Kind == metadata.ConfigSubtract) && !isList {
			return refused(metadata.CodeInvalidConfig)
		}
	}
	result := map[string]string{}
	for _, c := range e.configsOf(spec.Resource) {
		if !spec.Replace || keys[c.Key] {
			result[c.Key] = c.Value
		}
	}
	for _, op := range spec.Ops {
		alter(result, op)
	}
	for key, value := range result {
		if !validConfig(spec.Resource.Type, key, value) {
			return refused(metadata.CodeInvalidConfig)
		}
	}
	e.putConfigs(spec.Resource, settings(result))
	return done()
}

// alter does one operation. A list that isn't set is Kafka's default.
func alter(configs map[string]string, op metadata.ConfigOp) {
	old, set := configs[op.Key]
	if !set {
		old = "delete"
	}
	values := list(old)
	switch op.Kind {
	case metadata.ConfigSet:
		configs[op.Key] = *op.Value
	case metadata.ConfigDelete:
		delete(configs, op.Key)
	case metadata.ConfigAppend:
		for _, v := range list(*op.Value) {
			if !slices.Contains(values, v) {
				values = append(values, v)
			}
		}
		if len(values) != len(list(old)) {
			configs[op.Key] = strings.Join(values, ",")
		}
	case metadata.ConfigSubtract:
		values = slices.DeleteFunc(values, func(v string) bool { return slices.Contains(list(*op.Value), v) })
		if len(values) != len(list(old)) {
			configs[op.Key] = strings.Join(values, ",")
		}
	}
}

func (e *event) putConfigs(r metadata.Resource, configs metadata.Configs) {
	if r.Type == metadata.ResourceTopic {
		t := e.topics[r.Name]
		t.Configs = configs
		e.putTopic(t)
		return
	}
	if len(configs) == 0 {
		delete(e.configs, r)
		return
	}
	put(e, e.configs, r, metadata.ConfigRecord{Resource: r, Configs: configs}, func(c *metadata.ConfigRecord) stamps {
		return stamps{&c.CreatedRevision, &c.ModifiedRevision, nil}
	})
}

// checkResource is the first three checks of T3.
func (t *tables) checkResource(r metadata.Resource) metadata.Code {
	switch r.Type {
	case metadata.ResourceTopic:
		if _, ok := t.topics[r.Name]; !ok {
			return metadata.CodeUnknownTopicOrPartition
		}
	case metadata.ResourceBroker:
		id, err := strconv.ParseInt(r.Name, 10, 32)
		if err != nil {
			return metadata.CodeInvalidRequest
		}
		if _, ok := t.brokers[int32(id)]; !ok {
			return metadata.CodeBrokerIDNotRegistered
		}
	case metadata.ResourceCluster:
		if r.Name != "" {
			return metadata.CodeInvalidRequest
		}
	case metadata.ResourceGroup:
		if r.Name == "" {
			return metadata.CodeInvalidRequest
		}
	default:
		return metadata.CodeInvalidRequest
	}
	return metadata.CodeNone
}

func (t *tables) configsOf(r metadata.Resource) metadata.Configs {
	if r.Type == metadata.ResourceTopic {
		return t.topics[r.Name].Configs
	}
	return t.configs[r].Configs
}

// Configs is T3's read. An unregistered broker's are kept for it.
func (m *Model) Configs(r metadata.Resource) (metadata.Configs, metadata.Code) {
	code := m.checkResource(r)
	if _, kept := m.configs[r]; kept {
		code = metadata.CodeNone
	}
	if code != metadata.CodeNone {
		return nil, code
	}
	return m.configsOf(r), code
}

func settings(m map[string]string) metadata.Configs {
	var out metadata.Configs
	for _, k := range slices.Sorted(maps.Keys(m)) {
		out = append(out, metadata.Config{Key: k, Value: m[k]})
	}
	return out
}

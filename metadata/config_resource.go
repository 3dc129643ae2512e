package metadata

import "strconv"

// Configs is what a resource has set, for the host and its readers: any
// goroutine may ask. A group or the cluster needn't exist; a topic or a broker
// that doesn't is ErrNotFound. What a broker left behind when it was
// unregistered waits for it, and is shown.
func (s *State) Configs(r Resource) (Configs, error) {
	refused := s.checkResource(r)
	if refused == nil {
		return s.configsOf(r), nil
	}
	if left := s.config(r); left != nil {
		return left.Configs, nil
	}
	return nil, refused.at(s.revision)
}

// checkResource refuses what can't have configs, or isn't there.
func (s *State) checkResource(r Resource) *refusal {
	switch r.Type {
	case ResourceTopic:
		if s.topics.get(r.Name) == nil {
			return noTopic(r.Name)
		}
	case ResourceGroup:
		if r.Name == "" {
			return refuse(CodeInvalidRequest, "a group without a name has no configs: give the group's id")
		}
	case ResourceCluster:
		if r.Name != "" {
			return refuse(CodeInvalidRequest, "the cluster's configs have no name, and %s is one: leave it empty", quote(r.Name))
		}
	case ResourceBroker:
		return s.checkBrokerResource(r.Name)
	default:
		return refuse(CodeInvalidRequest, "only topics, brokers, groups and the cluster have configs: name one of them")
	}
	return nil
}

// checkBrokerResource reads a broker's id, which has one form only.
func (s *State) checkBrokerResource(name string) *refusal {
	id, err := strconv.ParseInt(name, 10, 32)
	if err != nil || strconv.FormatInt(id, 10) != name {
		return refuse(CodeInvalidRequest, "%s isn't a broker id: give it in decimal, or use the cluster for every broker's default", quote(name))
	}
	if s.brokers.get(int32(id)) == nil {
		return noBroker(int32(id))
	}
	return nil
}

// configsOf is what a resource that checkResource accepts has set.
func (s *State) configsOf(r Resource) Configs {
	if r.Type == ResourceTopic {
		return s.topics.get(r.Name).topic.Configs
	}
	if record := s.config(r); record != nil {
		return record.Configs
	}
	return nil
}

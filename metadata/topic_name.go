package metadata

// MaxTopicName is Kafka's limit on a topic's name, in bytes.
const MaxTopicName = 249

func checkTopicName(name string) *refusal {
	if name == "." || name == ".." || !legalTopicName(name) {
		return refuse(CodeInvalidTopic, "topic name %s isn't legal: use 1 to %d of a-z, A-Z, 0-9, '.', '_' and '-', and not '.' or '..' alone", quote(name), MaxTopicName)
	}
	return nil
}

func legalTopicName(name string) bool {
	if len(name) == 0 || len(name) > MaxTopicName {
		return false
	}
	for i := range len(name) {
		switch c := name[i]; {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9':
		case c == '.', c == '_', c == '-':
		default:
			return false
		}
	}
	return true
}

// checkNameIsFree refuses a name that is taken, or one that can't be told from
// an existing one where Kafka writes '.' as '_', as its metrics do.
func checkNameIsFree(s *State, name string) *refusal {
	if e := s.topics.get(name); e != nil {
		return refuse(CodeTopicAlreadyExists, "topic %s already exists (revision %d): choose another name or delete it first",
			quote(name), e.topic.CreatedRevision)
	}
	fold, folds := foldName(name)
	if !folds {
		return nil
	}
	if other, taken := s.topicFolding(fold); taken {
		return refuse(CodeInvalidTopic, "topic name %s collides with existing topic %s, as '.' and '_' count as the same: choose another name", quote(name), quote(other))
	}
	return nil
}

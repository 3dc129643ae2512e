package metadata

import "iter"

// Topic is T8. Any goroutine may ask; ErrNotFound.
func (s *State) Topic(name string) (*Topic, error) {
	e, err := s.topicNamed(name)
	if err != nil {
		return nil, err
	}
	return e.topic, nil
}

// TopicByID is T8. Any goroutine may ask; ErrNotFound.
func (s *State) TopicByID(id TopicID) (*Topic, error) {
	e, err := s.topicWithID(id)
	if err != nil {
		return nil, err
	}
	return e.topic, nil
}

// Topics lists all topics by name. The list is the caller's, the topics aren't.
func (s *State) Topics() []*Topic {
	out := make([]*Topic, 0, s.topics.len())
	for e := range s.topics.all() {
		out = append(out, e.topic)
	}
	return out
}

// AllTopics goes through the topics by name, without making a list.
func (s *State) AllTopics() iter.Seq[*Topic] {
	return func(yield func(*Topic) bool) {
		for e := range s.topics.all() {
			if !yield(e.topic) {
				return
			}
		}
	}
}

func (s *State) topicNamed(name string) (*topicEntry, error) {
	if e := s.topics.get(name); e != nil {
		return e, nil
	}
	return nil, noTopic(name).at(s.revision)
}

func (s *State) topicWithID(id TopicID) (*topicEntry, error) {
	if e := s.topicByID(id); e != nil {
		return e, nil
	}
	return nil, noTopicID(id).at(s.revision)
}

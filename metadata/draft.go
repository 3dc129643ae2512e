package metadata

import "strings"

// Draft is a private copy of a state that events are applied to. One goroutine
// makes drafts of a line of states, one after the other, and applies to them:
// making one touches the trees it came from. Readers of the published states
// never notice.
type Draft struct {
	state State
	done  bool

	// Of the event that is being applied.
	revision uint64
	now      int64 // Unix milliseconds

	was     scalars  // before it
	changes []Change // by it so far; the room is used again

	enc  encoder
	last *topicEntry // of the topic that was looked up to be changed last
}

// Draft begins the state after s.
func (s *State) Draft() *Draft {
	d := &Draft{state: *s}
	d.state.generation++
	d.state.share()
	d.enc.buf = make([]byte, 0, 512)
	return d
}

// State ends the draft and returns what it came to. The draft is of no use
// afterwards.
func (d *Draft) State() *State {
	d.done = true
	next := d.state
	next.share()
	return &next
}

func (s *State) share() {
	s.topics = s.topics.shared()
	s.brokers = s.brokers.shared()
	s.configs = s.configs.shared()
	s.groups = s.groups.shared()
	s.transactions = s.transactions.shared()
	s.segments = s.segments.shared()
	s.readers = s.readers.shared()
	s.holders = s.holders.shared()
	s.requests = s.requests.shared()
}

// setTopic puts a topic into its name's place. One that was there, under the
// same id, keeps its partitions.
func (d *Draft) setTopic(t *Topic) {
	e := d.topic(t.Name)
	if e == nil {
		d.addTopic(t)
		return
	}
	d.forget(hashOf(&d.enc, encodeTopic, e.topic))
	d.record(hashOf(&d.enc, encodeTopic, t))
	d.changed(e.topic, t)
	e.topic = t
}

func (d *Draft) addTopic(t *Topic) {
	d.record(hashOf(&d.enc, encodeTopic, t))
	e := &topicEntry{generation: d.state.generation, topic: t}
	d.state.topics.add(e)
	d.last = e
	d.state.indexTopic(t)
	d.changed(nil, t)
}

// deleteTopic removes a topic and its partitions.
func (d *Draft) deleteTopic(name string) {
	e := d.state.topics.get(name)
	if e == nil {
		return
	}
	for p := range e.partitions() {
		d.forget(hashOf(&d.enc, encodePartition, p))
		d.changed(p, nil)
	}
	d.state.partitions -= int(e.count)
	d.forget(hashOf(&d.enc, encodeTopic, e.topic))
	d.changed(e.topic, nil)
	if d.last != nil && d.last.topic.ID == e.topic.ID {
		d.last = nil
	}
	d.state.unindexTopic(e.topic)
	d.state.topics.remove(d.state.generation, name)
}

// setPartition puts a partition of an existing topic into its place, which is
// at most one past the last.
func (d *Draft) setPartition(p *Partition) {
	e := d.last
	if e == nil || e.topic.ID != p.Topic {
		e = d.topicToChange(d.state.topicByID(p.Topic))
		d.last = e
	}
	if old := e.partition(p.Index); old != nil {
		d.forget(hashOf(&d.enc, encodePartition, old))
		d.changed(old, p)
	} else {
		d.state.partitions++
		d.changed(nil, p)
	}
	d.record(hashOf(&d.enc, encodePartition, p))
	e.set(p)
}

// topic is the entry of a topic that is about to change; nil if there is none.
func (d *Draft) topic(name string) *topicEntry {
	e := d.topicToChange(d.state.topics.get(name))
	if e != nil {
		d.last = e
	}
	return e
}

// topicToChange is the entry as this draft's own; nil stays nil.
func (d *Draft) topicToChange(e *topicEntry) *topicEntry {
	if e == nil || e.generation == d.state.generation {
		return e
	}
	e = e.copyFor(d.state.generation)
	d.state.topics.replace(e)
	return e
}

func (d *Draft) setBroker(b *Broker) {
	if old, had := d.state.brokers.set(b.ID, b); had {
		d.forget(hashOf(&d.enc, encodeBroker, old))
		d.changed(old, b)
	} else {
		d.changed(nil, b)
	}
	d.record(hashOf(&d.enc, encodeBroker, b))
}

func (d *Draft) deleteBroker(id int32) {
	if old := d.state.brokers.get(id); old != nil {
		d.forget(hashOf(&d.enc, encodeBroker, old))
		d.changed(old, nil)
		d.state.brokers.remove(id)
	}
}

func (d *Draft) setConfig(c *ConfigRecord) {
	if old, had := d.state.configs.set(configKey(c.Resource), c); had {
		d.forget(hashOf(&d.enc, encodeConfig, old))
		d.changed(old, c)
	} else {
		d.changed(nil, c)
	}
	d.record(hashOf(&d.enc, encodeConfig, c))
}

func (d *Draft) deleteConfig(r Resource) {
	if old := d.state.config(r); old != nil {
		d.forget(hashOf(&d.enc, encodeConfig, old))
		d.changed(old, nil)
		d.state.configs.remove(configKey(r))
	}
}

func (d *Draft) record(h recordHash) { d.state.sum.add(h) }
func (d *Draft) forget(h recordHash) { d.state.sum.subtract(h) }

// foldName is the name under which Kafka takes two topics for one in its
// metrics; false if it folds to itself and can't collide.
func foldName(name string) (string, bool) {
	if !strings.ContainsAny(name, "._") {
		return name, false
	}
	return strings.ReplaceAll(name, ".", "_"), true
}

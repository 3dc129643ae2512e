package metadata

func encodeTransaction(e *encoder, t *Transaction) {
	e.uint(tagTransaction)
	e.str(t.ID)
	e.int(t.ProducerID)
	e.int(int64(t.Epoch))
	e.int(int64(t.LastEpoch))
	e.int(t.PreviousProducer)
	e.uint(uint64(t.State))
	e.int(int64(t.TimeoutMS))
	e.int(t.StartMS)
	e.int(t.UpdatedMS)
	encodeMarks(e, &Marks{t.Partitions, t.Groups})
	e.uint(t.CreatedRevision)
	e.uint(t.ModifiedRevision)
}

func decodeTransaction(d *decoder) *Transaction {
	t := &Transaction{
		ID:               d.str(),
		ProducerID:       d.int(),
		Epoch:            d.int16(),
		LastEpoch:        d.int16(),
		PreviousProducer: d.int(),
		State:            TransactionState(d.small()),
		TimeoutMS:        d.int32(),
		StartMS:          d.int(),
		UpdatedMS:        d.int(),
	}
	m := decodeMarks(d)
	t.Partitions, t.Groups = m.Partitions, m.Groups
	t.CreatedRevision, t.ModifiedRevision = d.uint(), d.uint()
	return t
}

func encodeMarks(e *encoder, m *Marks) {
	e.list(len(m.Partitions))
	for _, p := range m.Partitions {
		e.id(p.Topic)
		e.int(int64(p.Partition))
	}
	e.list(len(m.Groups))
	for _, g := range m.Groups {
		e.str(g)
	}
}

func decodeMarks(d *decoder) Marks {
	return Marks{
		Partitions: decodeList(d, func(d *decoder) PartitionKey { return PartitionKey{d.id(), d.int32()} }),
		Groups:     decodeList(d, (*decoder).str),
	}
}

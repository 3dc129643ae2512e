package faults

import (
	"context"
	"time"

	"github.com/chronik-stream/metalog/conformance/history"
	"github.com/chronik-stream/metalog/metadata"
)

// Scenarios in which the record is wrong, or the cluster is, as the judges see it.
var (
	LostWrite = Scenario{Name: "lost-write", run: func(d *Drill) error {
		now := d.record.now()
		d.record.write(history.Write{ID: "nowhere", Node: "n1", Call: now, Return: now, Outcome: history.Acknowledged}, written{topic: "nowhere"}, nil)
		return nil
	}}

	StaleRead = Scenario{Name: "stale-read", run: func(d *Drill) error {
		now := d.record.now()
		d.record.read(history.Read{Node: "n1/0", Call: now, Return: now, Linearizable: true, Position: 1},
			&history.RegisterOp{Node: "n1/0", Key: "g0", Value: "4711", Call: now, Return: now, Outcome: history.Acknowledged})
		return nil
	}}

	StrangeTopic = Scenario{Name: "strange-topic", run: func(d *Drill) error {
		_, err := d.client("n1").CreateTopic(d.ctx, metadata.TopicSpec{Name: "strange", Partitions: 1, ReplicationFactor: 1})
		return err
	}}
)

// Stalled plays a scenario whose clients all stop before the fault.
func Stalled(ctx context.Context, cfg Config) error {
	d, err := openDrill(ctx, cfg, Scenario{})
	if err != nil {
		return err
	}
	d.load.end()
	short, cancel := context.WithTimeout(ctx, 100*time.Millisecond)
	defer cancel()
	err = d.record.traffic(short)
	if closed := d.close(); closed != nil {
		return closed
	}
	return err
}

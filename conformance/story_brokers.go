package conformance

import (
	"context"
	"strings"

	"github.com/chronik-stream/metalog/metadata"
)

// register-broker ID inc=LETTERS [endpoint=NAME://HOST:PORT]... [rack=R]
// inc=0 is the zero incarnation; a rack of @N is N letters.
func readRegisterBroker(s *teller, w *words) write {
	spec := metadata.BrokerSpec{ID: int32(w.parse(w.next())), Rack: w.value(w.text("rack"))}
	if inc := w.text("inc"); inc != "0" {
		copy(spec.Incarnation[:], inc)
	}
	for _, text := range w.all("endpoint") {
		spec.Endpoints = append(spec.Endpoints, w.endpoint(text))
	}
	return write{
		held: metadata.BatchOperation{RegisterBroker: &spec},
		do: func(ctx context.Context, opts []metadata.WriteOption) (metadata.Written, metadata.Response, error) {
			got, err := s.target.Store.RegisterBroker(ctx, spec, opts...)
			return got.Written, metadata.Response{BrokerEpoch: got.Epoch}, err
		},
	}
}

func (w *words) endpoint(text string) metadata.Endpoint {
	name, address, _ := strings.Cut(text, "://")
	host, port, _ := strings.Cut(address, ":")
	return metadata.Endpoint{Name: name, Host: host, Port: int32(w.parse(port)), SecurityProtocol: name}
}

var brokerStates = map[string]metadata.BrokerState{
	"fenced":              metadata.BrokerFenced,
	"unfenced":            metadata.BrokerUnfenced,
	"controlled-shutdown": metadata.BrokerControlledShutdown,
}

// set-broker ID epoch=E STATE
func readSetBroker(s *teller, w *words) write {
	spec := metadata.BrokerStateSpec{ID: int32(w.parse(w.next())), Epoch: w.number("epoch", 0)}
	text := w.next()
	if state, ok := brokerStates[text]; ok {
		spec.State = state
	} else {
		spec.State = metadata.BrokerState(w.parse(text))
	}
	return write{
		held: metadata.BatchOperation{SetBrokerState: &spec},
		do: func(ctx context.Context, opts []metadata.WriteOption) (metadata.Written, metadata.Response, error) {
			return plain(s.target.Store.SetBrokerState(ctx, spec, opts...))
		},
	}
}

// unregister-broker ID [epoch=E]
func readUnregisterBroker(s *teller, w *words) write {
	spec := metadata.UnregisterSpec{ID: int32(w.parse(w.next()))}
	if text, ok := w.optional("epoch"); ok {
		epoch := w.parse(text)
		spec.Epoch = &epoch
	}
	return write{
		held: metadata.BatchOperation{UnregisterBroker: &spec},
		do: func(ctx context.Context, opts []metadata.WriteOption) (metadata.Written, metadata.Response, error) {
			return plain(s.target.Store.UnregisterBroker(ctx, spec, opts...))
		},
	}
}

func readBroker(s *teller, w *words) call {
	id := int32(w.parse(w.next()))
	return func(ctx context.Context) (string, error) {
		got, err := s.target.Store.Broker(ctx, id)
		return shown(got, err, showBroker)
	}
}

func readBrokers(s *teller, _ *words) call {
	return func(ctx context.Context) (string, error) {
		got, err := s.target.Store.Brokers(ctx)
		return shown(got, err, listed("brokers", showBroker))
	}
}

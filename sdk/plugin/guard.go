package plugin

import "github.com/chronik-stream/metalog/sdk"

// guarded makes backends that look after their directory's LOCK and IDENTITY.
func guarded(spec Spec) Spec {
	bare := spec.New
	id := sdk.Identity{Plugin: spec.Name, DataFormat: spec.DataFormat, Claims: spec.Claims}
	if id.Claims == nil {
		id.Claims = sdk.Claims{} // nil would ask the backend, and the author has said: none
	}
	spec.New = func() sdk.Backend { return sdk.Guard(bare(), id) }
	return spec
}

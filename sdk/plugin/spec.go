package plugin

import (
	"github.com/chronik-stream/metalog/sdk"
	"github.com/chronik-stream/metalog/sdk/backendpb"
)

// Spec is what an author says about a plugin.
type Spec struct {
	Name       string // also written to IDENTITY: it never changes
	Version    string
	DataFormat uint32 // of the data directory; a newer one is refused (R16)
	Claims     sdk.Claims
	New        func() sdk.Backend // one backend for one session
}

func (s Spec) info() sdk.Info {
	return sdk.Info{
		Name: s.Name, Version: s.Version, ProtocolMinor: ProtocolMinor,
		DataFormat: s.DataFormat, Claims: s.Claims,
	}
}

func infoToPB(i sdk.Info) *backendpb.InfoResponse {
	r := &backendpb.InfoResponse{
		Name: i.Name, Version: i.Version, ProtocolMinor: i.ProtocolMinor, DataFormat: i.DataFormat,
	}
	for _, c := range i.Claims {
		r.Claims = append(r.Claims, string(c))
	}
	return r
}

func infoFromPB(r *backendpb.InfoResponse) sdk.Info {
	i := sdk.Info{
		Name: r.GetName(), Version: r.GetVersion(),
		ProtocolMinor: r.GetProtocolMinor(), DataFormat: r.GetDataFormat(),
	}
	for _, c := range r.GetClaims() {
		i.Claims = append(i.Claims, sdk.Claim(c))
	}
	return i
}

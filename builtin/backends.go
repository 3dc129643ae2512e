package builtin

import (
	"github.com/chronik-stream/metalog/plugins/dragonboat"
	"github.com/chronik-stream/metalog/plugins/hashiraft"
	"github.com/chronik-stream/metalog/plugins/local"
	"github.com/chronik-stream/metalog/sdk/plugin"
)

// backends is every backend in this binary, one line each, the default first.
var backends = []plugin.Spec{
	{Name: local.Name, Version: local.Version, DataFormat: local.DataFormat, Claims: local.Claims(), New: local.New},
	{Name: hashiraft.Name, Version: hashiraft.Version, DataFormat: hashiraft.DataFormat, Claims: hashiraft.Claims(), New: hashiraft.New},
	{Name: dragonboat.Name, Version: dragonboat.Version, DataFormat: dragonboat.DataFormat, Claims: dragonboat.Claims(), New: dragonboat.New},
}

package dragonboat_test

import (
	"encoding/json"
	"flag"
	"os"
	"reflect"
	"testing"

	"github.com/invopop/jsonschema"
	"github.com/stretchr/testify/require"

	"github.com/chronik-stream/metalog/internal/options"
	"github.com/chronik-stream/metalog/plugins/dragonboat"
)

var rewrite = flag.Bool("rewrite", false, "write the schema anew")

const schemaFile = "../../docs/reference/dragonboat.schema.json"

// The schema that is published is that of the options.
func TestSchema(t *testing.T) {
	r := jsonschema.Reflector{DoNotReference: true, Mapper: func(is reflect.Type) *jsonschema.Schema {
		if is == reflect.TypeFor[options.Duration]() {
			return &jsonschema.Schema{Type: "string", Description: "a time such as 250ms", Pattern: `^([0-9]+(\.[0-9]+)?(ns|us|µs|ms|s|m|h))+$`}
		}
		return nil
	}}
	schema := r.Reflect(&dragonboat.Options{})
	schema.ID, schema.Title = "", "options of the backend dragonboat"
	want, err := json.MarshalIndent(schema, "", "  ")
	require.NoError(t, err)
	want = append(want, '\n')
	if *rewrite {
		require.NoError(t, os.WriteFile(schemaFile, want, 0o600))
	}
	have, err := os.ReadFile(schemaFile)
	require.NoError(t, err)
	require.Equal(t, string(want), string(have), "go test ./plugins/dragonboat -run TestSchema -rewrite writes it anew")
}

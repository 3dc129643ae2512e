package metadata

import (
	"math"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestConfigSchemaIsWellFormed(t *testing.T) {
	require.Len(t, configRules, len(configSchema), "a key stands twice")
	for _, rule := range configSchema {
		require.NotZero(t, rule.scope, rule.key)
		require.False(t, strings.HasPrefix(rule.key, "x."), rule.key)
		require.LessOrEqual(t, rule.min, rule.max, rule.key)
		if rule.decimals != "" {
			require.Equal(t, typeDecimal, rule.kind, rule.key)
		}
		if rule.kind == typeInt {
			require.GreaterOrEqual(t, rule.min, int64(math.MinInt32), rule.key)
			require.LessOrEqual(t, rule.max, int64(math.MaxInt32), rule.key)
		}
		if rule.values != nil {
			require.Contains(t, []configType{typeString, typeList}, rule.kind, rule.key)
		}
		if rule.fallback != "" {
			require.Equal(t, typeList, rule.kind, rule.key)
			require.Empty(t, rule.refuses(rule.fallback), rule.key)
		}
	}
	for _, o := range configOrders {
		require.NotNil(t, configRules[o.low], o.low)
		require.NotNil(t, configRules[o.high], o.high)
		require.LessOrEqual(t, o.lowDefault, o.highDefault)
	}
}

// Kafka 4.0's topic configs, by its documentation: all of them and no other.
func TestConfigSchemaHasKafkasTopicConfigs(t *testing.T) {
	var keys []string
	for _, rule := range configSchema {
		if rule.scope&onTopic != 0 {
			keys = append(keys, rule.key)
		}
	}
	slices.Sort(keys)
	require.Equal(t, strings.Fields(`
		cleanup.policy compression.gzip.level compression.lz4.level compression.type compression.zstd.level
		delete.retention.ms file.delete.delay.ms flush.messages flush.ms follower.replication.throttled.replicas
		index.interval.bytes leader.replication.throttled.replicas local.retention.bytes local.retention.ms
		max.compaction.lag.ms max.message.bytes message.timestamp.after.max.ms message.timestamp.before.max.ms
		message.timestamp.type min.cleanable.dirty.ratio min.compaction.lag.ms min.insync.replicas preallocate
		remote.log.copy.disable remote.log.delete.on.disable remote.storage.enable retention.bytes retention.ms
		segment.bytes segment.index.bytes segment.jitter.ms segment.ms unclean.leader.election.enable`), keys)
}

func TestConfigRanges(t *testing.T) {
	for _, rule := range configSchema {
		if rule.kind != typeInt && rule.kind != typeLong {
			continue
		}
		low, high := rule.min, rule.max
		if low == 0 && high == 0 {
			low, high = math.MinInt64, math.MaxInt64
		}
		require.Empty(t, rule.refuses(number(low)), "%s at its least", rule.key)
		require.Empty(t, rule.refuses(number(high)), "%s at its most", rule.key)
		if low > math.MinInt64 {
			require.NotEmpty(t, rule.refuses(number(low-1)), "%s below its least", rule.key)
		}
		if high < math.MaxInt64 {
			require.NotEmpty(t, rule.refuses(number(high+1)), "%s above its most", rule.key)
		}
		if rule.sentinel != 0 {
			require.Empty(t, rule.refuses(number(rule.sentinel)), rule.key)
		}
		for _, text := range []string{"", " ", "1.0", "1e3", "0x10", "ten", "1_000", "9223372036854775808"} {
			require.NotEmpty(t, rule.refuses(text), "%s=%q", rule.key, text)
		}
	}
}

func number(v int64) string { return strconv.FormatInt(v, 10) }

func TestConfigValues(t *testing.T) {
	for _, test := range []struct {
		on    ResourceType
		key   string
		value string
		ok    bool
	}{
		{ResourceTopic, "preallocate", "true", true},
		{ResourceTopic, "preallocate", " FALSE ", true}, // as Kafka reads it
		{ResourceTopic, "preallocate", "yes", false},
		{ResourceTopic, "preallocate", "", false},
		{ResourceTopic, "retention.ms", " 5 ", true},
		{ResourceTopic, "retention.ms", "+5", true},
		{ResourceTopic, "compression.type", "zstd", true},
		{ResourceTopic, "compression.type", "ZSTD", false},
		{ResourceTopic, "compression.gzip.level", "0", false}, // between the sentinel and the range
		{ResourceTopic, "retention.ms", "\t5\x00", true},      // Java's blanks are all up to the space
		{ResourceTopic, "retention.ms", "\u00a05", false},     // and none above it
		{ResourceTopic, "preallocate", "true\u2003", false},   // whatever Unicode says
		{ResourceTopic, "segment.bytes", "1048576", true},     // since 4.0 (KIP-1030)
		{ResourceTopic, "segment.bytes", "1048575", false},
		{ResourceCluster, "log.segment.bytes", "1048576", true},
		{ResourceCluster, "log.segment.bytes", "1048575", false},
		{ResourceTopic, "cleanup.policy", "", true},
		{ResourceTopic, "cleanup.policy", " ", true},
		{ResourceTopic, "cleanup.policy", "compact,", false}, // an empty element is one
		{ResourceTopic, "cleanup.policy", "compact,,delete", false},
		{ResourceTopic, "leader.replication.throttled.replicas", "", true},
		{ResourceTopic, "leader.replication.throttled.replicas", "*", true},
		{ResourceTopic, "leader.replication.throttled.replicas", "0:1, 12:34 ,", true},
		{ResourceTopic, "leader.replication.throttled.replicas", "0:1,*", false},
		{ResourceTopic, "leader.replication.throttled.replicas", "*,*", false},
		{ResourceTopic, "leader.replication.throttled.replicas", "0", false},
		{ResourceTopic, "follower.replication.throttled.replicas", "0:-1", false},
		{ResourceTopic, "follower.replication.throttled.replicas", "all", false},
		{ResourceTopic, "cleanup.policy", "compact, delete", true},
		{ResourceTopic, "cleanup.policy", "compact;delete", false},
		{ResourceTopic, "min.cleanable.dirty.ratio", "0", true},
		{ResourceTopic, "min.cleanable.dirty.ratio", "1.000", true},
		{ResourceTopic, "min.cleanable.dirty.ratio", "1.0000000000000000001", false},
		{ResourceTopic, "min.cleanable.dirty.ratio", "-0.1", false},
		{ResourceTopic, "min.cleanable.dirty.ratio", ".5", true},
		{ResourceTopic, "min.cleanable.dirty.ratio", ".", false},
		{ResourceTopic, "min.cleanable.dirty.ratio", "5.0E-4", true}, // as Java writes small ones
		{ResourceTopic, "min.cleanable.dirty.ratio", "1e1", false},
		{ResourceTopic, "min.cleanable.dirty.ratio", "1e-100", false}, // an exponent has two digits where there is a range
		{ResourceTopic, "min.cleanable.dirty.ratio", "NaN", false},
		{ResourceCluster, "log.cleaner.io.max.bytes.per.second", "1.7976931348623157E308", true},
		{ResourceCluster, "log.cleaner.io.max.bytes.per.second", "fast", false},
		{ResourceTopic, "x.", "", true},
		{ResourceTopic, "x.anything", "at all", true},
		{ResourceTopic, "X.anything", "at all", false},
		{ResourceTopic, "", "v", false},
		{ResourceTopic, "consumer.session.timeout.ms", "1", false},
		{ResourceGroup, "consumer.session.timeout.ms", "1", true},
		{ResourceBroker, "min.insync.replicas", "2", true},
		{ResourceCluster, "advertised.listeners", "P://h:1", false},
		{ResourceBroker, "advertised.listeners", "P://h:1", true},
		{ResourceBroker, "ssl.key.password", "p", false},
		{ResourceBroker, "listener.name.a.ssl.key.password", "p", true},
		{ResourceBroker, "listener.name.a.max.connections", "-1", false},
		{ResourceBroker, "listener.name.a.plain.sasl.jaas.config", "c", true},
		{ResourceBroker, "listener.name..max.connections", "1", false},
		{ResourceBroker, "listener.name.a.", "1", false},
		{ResourceCluster, "listener.name.a.max.connections", "1", false},
		{ResourceTopic, "listener.name.a.max.connections", "1", false},
		{ResourceType(9), "retention.ms", "1", false},
	} {
		r := checkConfig(test.on, Config{Key: test.key, Value: test.value})
		if test.ok {
			require.Nil(t, r, "%s %s=%q", test.on, test.key, test.value)
			continue
		}
		require.NotNil(t, r, "%s %s=%q", test.on, test.key, test.value)
		require.Equal(t, CodeInvalidConfig, r.code)
	}
}

func TestConfigListsAreSplitAtCommas(t *testing.T) {
	require.Equal(t, []string{"a", "b c", "d"}, splitList(" a,,b c , d,"))
	require.Empty(t, splitList(" , "))
}

func TestLongTextIsCutBetweenCharacters(t *testing.T) {
	long := strings.Repeat("a", MaxTopicName)
	require.Equal(t, `"short"`, quote("short"))
	require.Equal(t, `"`+long+`"`, quote(long))
	require.Equal(t, `"`+long+`"...`, quote(long+"a"))
	require.Equal(t, `"`+long[1:]+`"...`, quote(long[1:]+"é"))
}

// What counts as printable differs between releases of Go, and messages are in
// the digest: so nothing beyond ASCII is shown as it is.
func TestQuotedTextIsASCII(t *testing.T) {
	require.Equal(t, `"\u00e9clair \U0001fae9 \x00"`, quote("éclair \U0001fae9 \x00"))
}

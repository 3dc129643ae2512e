package metadata

import "math"

// configScope says which resources may hold a key; scopes add up.
type configScope uint8

const (
	onTopic configScope = 1 << iota
	onGroup
	onBroker
	onCluster  // the default of every broker
	onListener // of a broker, as listener.name.NAME.KEY only
)

// configType is how a value is read.
type configType uint8

const (
	typeString configType = iota
	typeBool
	typeInt // 32 bits
	typeLong
	typeDecimal
	typeList // separated by commas; APPEND and SUBTRACT work on these only
)

// configRule is what one key accepts.
type configRule struct {
	key       string
	scope     configScope
	kind      configType
	min, max  int64    // of typeInt and typeLong; both 0: any that fits
	sentinel  int64    // of typeInt: also allowed, outside the range; 0: none
	decimals  string   // of typeDecimal: "LOW HIGH"; empty: any
	values    []string // of typeString and typeList: the legal ones; nil: any
	throttled bool     // of typeList: PARTITION:BROKER each, or * alone
	fallback  string   // of typeList: what APPEND adds to while nothing is set
}

// configSchema is Apache Kafka 4.0's dynamic configuration of topics
// (LogConfig), groups (GroupConfig), brokers and the cluster's default
// (DynamicBrokerConfig). A key that isn't here is refused, but those that begin
// with x. are strings for whoever embeds this, on every resource.
//
// The table is part of the protocol: another row or range changes what apply
// answers, and so needs a feature level.
var configSchema = []configRule{
	{key: "cleanup.policy", scope: onTopic, kind: typeList, values: cleanupPolicies, fallback: "delete"},
	{key: "compression.gzip.level", scope: onTopic | onBroker | onCluster, kind: typeInt, min: 1, max: 9, sentinel: -1},
	{key: "compression.lz4.level", scope: onTopic | onBroker | onCluster, kind: typeInt, min: 1, max: 17},
	{key: "compression.type", scope: onTopic | onBroker | onCluster, kind: typeString, values: compressionTypes},
	{key: "compression.zstd.level", scope: onTopic | onBroker | onCluster, kind: typeInt, min: -131072, max: 22},
	{key: "delete.retention.ms", scope: onTopic, kind: typeLong, min: 0, max: math.MaxInt64},
	{key: "file.delete.delay.ms", scope: onTopic, kind: typeLong, min: 0, max: math.MaxInt64},
	{key: "flush.messages", scope: onTopic, kind: typeLong, min: 1, max: math.MaxInt64},
	{key: "flush.ms", scope: onTopic, kind: typeLong, min: 0, max: math.MaxInt64},
	{key: "follower.replication.throttled.replicas", scope: onTopic, kind: typeList, throttled: true},
	{key: "index.interval.bytes", scope: onTopic, kind: typeInt, min: 0, max: math.MaxInt32},
	{key: "leader.replication.throttled.replicas", scope: onTopic, kind: typeList, throttled: true},
	{key: "local.retention.bytes", scope: onTopic, kind: typeLong, min: -2, max: math.MaxInt64},
	{key: "local.retention.ms", scope: onTopic, kind: typeLong, min: -2, max: math.MaxInt64},
	{key: "max.compaction.lag.ms", scope: onTopic, kind: typeLong, min: 1, max: math.MaxInt64},
	{key: "max.message.bytes", scope: onTopic, kind: typeInt, min: 0, max: math.MaxInt32},
	{key: "message.timestamp.after.max.ms", scope: onTopic, kind: typeLong, min: 0, max: math.MaxInt64},
	{key: "message.timestamp.before.max.ms", scope: onTopic, kind: typeLong, min: 0, max: math.MaxInt64},
	{key: "message.timestamp.type", scope: onTopic, kind: typeString, values: timestampTypes},
	{key: "min.cleanable.dirty.ratio", scope: onTopic, kind: typeDecimal, decimals: "0 1"},
	{key: "min.compaction.lag.ms", scope: onTopic, kind: typeLong, min: 0, max: math.MaxInt64},
	{key: "min.insync.replicas", scope: onTopic | onBroker | onCluster, kind: typeInt, min: 1, max: math.MaxInt32},
	{key: "preallocate", scope: onTopic, kind: typeBool},
	{key: "remote.log.copy.disable", scope: onTopic, kind: typeBool},
	{key: "remote.log.delete.on.disable", scope: onTopic, kind: typeBool},
	{key: "remote.storage.enable", scope: onTopic, kind: typeBool},
	{key: "retention.bytes", scope: onTopic, kind: typeLong},
	{key: "retention.ms", scope: onTopic, kind: typeLong, min: -1, max: math.MaxInt64},
	{key: "segment.bytes", scope: onTopic, kind: typeInt, min: 1 << 20, max: math.MaxInt32},
	{key: "segment.index.bytes", scope: onTopic, kind: typeInt, min: 4, max: math.MaxInt32},
	{key: "segment.jitter.ms", scope: onTopic, kind: typeLong, min: 0, max: math.MaxInt64},
	{key: "segment.ms", scope: onTopic, kind: typeLong, min: 1, max: math.MaxInt64},
	{key: "unclean.leader.election.enable", scope: onTopic | onBroker | onCluster, kind: typeBool},

	{key: "consumer.heartbeat.interval.ms", scope: onGroup, kind: typeInt, min: 1, max: math.MaxInt32},
	{key: "consumer.session.timeout.ms", scope: onGroup, kind: typeInt, min: 1, max: math.MaxInt32},
	{key: "share.auto.offset.reset", scope: onGroup, kind: typeString, values: offsetResets},
	{key: "share.heartbeat.interval.ms", scope: onGroup, kind: typeInt, min: 1, max: math.MaxInt32},
	{key: "share.record.lock.duration.ms", scope: onGroup, kind: typeInt, min: 1000, max: math.MaxInt32},
	{key: "share.session.timeout.ms", scope: onGroup, kind: typeInt, min: 1, max: math.MaxInt32},

	{key: "background.threads", scope: onBroker | onCluster, kind: typeInt, min: 1, max: math.MaxInt32},
	{key: "follower.replication.throttled.rate", scope: onBroker | onCluster, kind: typeLong, min: 0, max: math.MaxInt64},
	{key: "leader.replication.throttled.rate", scope: onBroker | onCluster, kind: typeLong, min: 0, max: math.MaxInt64},
	{key: "log.cleaner.backoff.ms", scope: onBroker | onCluster, kind: typeLong, min: 0, max: math.MaxInt64},
	{key: "log.cleaner.dedupe.buffer.size", scope: onBroker | onCluster, kind: typeLong},
	{key: "log.cleaner.delete.retention.ms", scope: onBroker | onCluster, kind: typeLong, min: 0, max: math.MaxInt64},
	{key: "log.cleaner.io.buffer.load.factor", scope: onBroker | onCluster, kind: typeDecimal},
	{key: "log.cleaner.io.buffer.size", scope: onBroker | onCluster, kind: typeInt, min: 0, max: math.MaxInt32},
	{key: "log.cleaner.io.max.bytes.per.second", scope: onBroker | onCluster, kind: typeDecimal},
	{key: "log.cleaner.max.compaction.lag.ms", scope: onBroker | onCluster, kind: typeLong, min: 1, max: math.MaxInt64},
	{key: "log.cleaner.min.cleanable.ratio", scope: onBroker | onCluster, kind: typeDecimal, decimals: "0 1"},
	{key: "log.cleaner.min.compaction.lag.ms", scope: onBroker | onCluster, kind: typeLong, min: 0, max: math.MaxInt64},
	{key: "log.cleaner.threads", scope: onBroker | onCluster, kind: typeInt, min: 1, max: math.MaxInt32},
	{key: "log.cleanup.policy", scope: onBroker | onCluster, kind: typeList, values: cleanupPolicies, fallback: "delete"},
	{key: "log.flush.interval.messages", scope: onBroker | onCluster, kind: typeLong, min: 1, max: math.MaxInt64},
	{key: "log.flush.interval.ms", scope: onBroker | onCluster, kind: typeLong},
	{key: "log.index.interval.bytes", scope: onBroker | onCluster, kind: typeInt, min: 0, max: math.MaxInt32},
	{key: "log.index.size.max.bytes", scope: onBroker | onCluster, kind: typeInt, min: 4, max: math.MaxInt32},
	{key: "log.local.retention.bytes", scope: onBroker | onCluster, kind: typeLong, min: -2, max: math.MaxInt64},
	{key: "log.local.retention.ms", scope: onBroker | onCluster, kind: typeLong, min: -2, max: math.MaxInt64},
	{key: "log.message.timestamp.after.max.ms", scope: onBroker | onCluster, kind: typeLong, min: 0, max: math.MaxInt64},
	{key: "log.message.timestamp.before.max.ms", scope: onBroker | onCluster, kind: typeLong, min: 0, max: math.MaxInt64},
	{key: "log.message.timestamp.type", scope: onBroker | onCluster, kind: typeString, values: timestampTypes},
	{key: "log.preallocate", scope: onBroker | onCluster, kind: typeBool},
	{key: "log.retention.bytes", scope: onBroker | onCluster, kind: typeLong},
	{key: "log.retention.ms", scope: onBroker | onCluster, kind: typeLong},
	{key: "log.roll.jitter.ms", scope: onBroker | onCluster, kind: typeLong},
	{key: "log.roll.ms", scope: onBroker | onCluster, kind: typeLong},
	{key: "log.segment.bytes", scope: onBroker | onCluster, kind: typeInt, min: 1 << 20, max: math.MaxInt32},
	{key: "log.segment.delete.delay.ms", scope: onBroker | onCluster, kind: typeLong, min: 0, max: math.MaxInt64},
	{key: "max.connection.creation.rate", scope: onBroker | onCluster | onListener, kind: typeInt, min: 0, max: math.MaxInt32},
	{key: "max.connections", scope: onBroker | onCluster | onListener, kind: typeInt, min: 0, max: math.MaxInt32},
	{key: "max.connections.per.ip", scope: onBroker | onCluster, kind: typeInt, min: 0, max: math.MaxInt32},
	{key: "max.connections.per.ip.overrides", scope: onBroker | onCluster, kind: typeString},
	{key: "message.max.bytes", scope: onBroker | onCluster, kind: typeInt, min: 0, max: math.MaxInt32},
	{key: "metric.reporters", scope: onBroker | onCluster, kind: typeList, fallback: "org.apache.kafka.common.metrics.JmxReporter"},
	{key: "num.io.threads", scope: onBroker | onCluster, kind: typeInt, min: 1, max: math.MaxInt32},
	{key: "num.network.threads", scope: onBroker | onCluster | onListener, kind: typeInt, min: 1, max: math.MaxInt32},
	{key: "num.recovery.threads.per.data.dir", scope: onBroker | onCluster, kind: typeInt, min: 1, max: math.MaxInt32},
	{key: "num.replica.fetchers", scope: onBroker | onCluster, kind: typeInt, min: 1, max: math.MaxInt32},
	{key: "producer.id.expiration.ms", scope: onBroker | onCluster, kind: typeInt, min: 1, max: math.MaxInt32},
	{key: "remote.fetch.max.wait.ms", scope: onBroker | onCluster, kind: typeInt, min: 1, max: math.MaxInt32},
	{key: "remote.list.offsets.request.timeout.ms", scope: onBroker | onCluster, kind: typeLong, min: 1, max: math.MaxInt64},
	{key: "remote.log.index.file.cache.total.size.bytes", scope: onBroker | onCluster, kind: typeLong, min: 1, max: math.MaxInt64},
	{key: "remote.log.manager.copy.max.bytes.per.second", scope: onBroker | onCluster, kind: typeLong, min: 1, max: math.MaxInt64},
	{key: "remote.log.manager.fetch.max.bytes.per.second", scope: onBroker | onCluster, kind: typeLong, min: 1, max: math.MaxInt64},
	{key: "replica.alter.log.dirs.io.max.bytes.per.second", scope: onBroker | onCluster, kind: typeLong, min: 0, max: math.MaxInt64},
	{key: "transaction.partition.verification.enable", scope: onBroker | onCluster, kind: typeBool},

	{key: "advertised.listeners", scope: onBroker, kind: typeString},
	{key: "listener.security.protocol.map", scope: onBroker, kind: typeString},
	{key: "listeners", scope: onBroker, kind: typeString},
	{key: "principal.builder.class", scope: onBroker | onListener, kind: typeString},
	{key: "sasl.enabled.mechanisms", scope: onBroker | onListener, kind: typeList, fallback: "GSSAPI"},
	{key: "sasl.jaas.config", scope: onBroker | onListener, kind: typeString},
	{key: "sasl.kerberos.kinit.cmd", scope: onBroker | onListener, kind: typeString},
	{key: "sasl.kerberos.min.time.before.relogin", scope: onBroker | onListener, kind: typeLong},
	{key: "sasl.kerberos.principal.to.local.rules", scope: onBroker | onListener, kind: typeList, fallback: "DEFAULT"},
	{key: "sasl.kerberos.service.name", scope: onBroker | onListener, kind: typeString},
	{key: "sasl.kerberos.ticket.renew.jitter", scope: onBroker | onListener, kind: typeDecimal},
	{key: "sasl.kerberos.ticket.renew.window.factor", scope: onBroker | onListener, kind: typeDecimal},
	{key: "sasl.login.refresh.buffer.seconds", scope: onBroker | onListener, kind: typeInt, min: 0, max: 3600},
	{key: "sasl.login.refresh.min.period.seconds", scope: onBroker | onListener, kind: typeInt, min: 0, max: 900},
	{key: "sasl.login.refresh.window.factor", scope: onBroker | onListener, kind: typeDecimal, decimals: "0.5 1"},
	{key: "sasl.login.refresh.window.jitter", scope: onBroker | onListener, kind: typeDecimal, decimals: "0 0.25"},
	{key: "sasl.mechanism.inter.broker.protocol", scope: onBroker | onListener, kind: typeString},
	{key: "ssl.cipher.suites", scope: onBroker | onListener, kind: typeList},
	{key: "ssl.client.auth", scope: onBroker | onListener, kind: typeString, values: []string{"none", "requested", "required"}},
	{key: "ssl.enabled.protocols", scope: onBroker | onListener, kind: typeList, fallback: "TLSv1.2,TLSv1.3"},
	{key: "ssl.endpoint.identification.algorithm", scope: onBroker | onListener, kind: typeString},
	{key: "ssl.engine.factory.class", scope: onBroker | onListener, kind: typeString},
	{key: "ssl.key.password", scope: onListener, kind: typeString},
	{key: "ssl.keymanager.algorithm", scope: onBroker | onListener, kind: typeString},
	{key: "ssl.keystore.certificate.chain", scope: onListener, kind: typeString},
	{key: "ssl.keystore.key", scope: onListener, kind: typeString},
	{key: "ssl.keystore.location", scope: onListener, kind: typeString},
	{key: "ssl.keystore.password", scope: onListener, kind: typeString},
	{key: "ssl.keystore.type", scope: onListener, kind: typeString},
	{key: "ssl.protocol", scope: onBroker | onListener, kind: typeString},
	{key: "ssl.provider", scope: onBroker | onListener, kind: typeString},
	{key: "ssl.secure.random.implementation", scope: onBroker | onListener, kind: typeString},
	{key: "ssl.trustmanager.algorithm", scope: onBroker | onListener, kind: typeString},
	{key: "ssl.truststore.certificates", scope: onListener, kind: typeString},
	{key: "ssl.truststore.location", scope: onListener, kind: typeString},
	{key: "ssl.truststore.password", scope: onListener, kind: typeString},
	{key: "ssl.truststore.type", scope: onListener, kind: typeString},
}

var (
	cleanupPolicies  = []string{"compact", "delete"}
	compressionTypes = []string{"uncompressed", "zstd", "lz4", "snappy", "gzip", "producer"}
	timestampTypes   = []string{"CreateTime", "LogAppendTime"}
	offsetResets     = []string{"latest", "earliest"}
)

// configOrder is a pair of keys of which the first may not be above the
// second, and with strict not equal it either; a key that isn't set counts as
// Kafka's default.
type configOrder struct {
	low, high               string
	lowDefault, highDefault int64
	strict                  bool
}

var configOrders = []configOrder{
	{low: "min.compaction.lag.ms", high: "max.compaction.lag.ms", lowDefault: 0, highDefault: math.MaxInt64},
	{low: "log.cleaner.min.compaction.lag.ms", high: "log.cleaner.max.compaction.lag.ms", lowDefault: 0, highDefault: math.MaxInt64},
	{low: "consumer.heartbeat.interval.ms", high: "consumer.session.timeout.ms", lowDefault: 5000, highDefault: 45000, strict: true},
	{low: "share.heartbeat.interval.ms", high: "share.session.timeout.ms", lowDefault: 5000, highDefault: 45000, strict: true},
}

package host

// EncodeEntry lets tests deliver what no host would propose.
var EncodeEntry = encodeEntry

// LimitHistory bounds what watchers can read without being told the state.
func (b *Bare) LimitHistory(messages, records int) {
	b.core.feed.limit, b.core.feed.recordLimit = messages, records
}

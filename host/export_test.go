package host

// EncodeEntry lets tests deliver what no host would propose.
var EncodeEntry = encodeEntry

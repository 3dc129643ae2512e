package server

// MaxFragment is the size from which on a test sees a watch's messages cut.
const MaxFragment = maxFragment

// ParseToken lets a test read what callers can't.
func ParseToken(text, list string) (uint64, string, error) {
	t, err := parseToken(text, list)
	return t.Revision, t.Key, err
}

// TokenText is what callers get.
func TokenText(list string, revision uint64, key string) string {
	return token{List: list, Revision: revision, Key: key}.String()
}

package host

import (
	"fmt"
	"strings"

	"github.com/chronik-stream/metalog/sdk"
)

// whyNotOpen is why a backend can't be asked for anything now.
const whyNotOpen = "the backend isn't open; try again in a moment"

// current is the session whose backend can be asked; nil: none is open. It may
// end at any time.
func (s *Store) current() *session {
	_, sess := s.life.phases.report()
	if sess == nil || !sess.opened.Load() || sess.ctx.Err() != nil {
		return nil
	}
	return sess
}

// unclaimed refuses what the session's backend doesn't claim to do.
func unclaimed(sess *session, missing sdk.Claim, what string) error {
	claims := "nothing"
	if len(sess.info.Claims) > 0 {
		words := make([]string, len(sess.info.Claims))
		for i, c := range sess.info.Claims {
			words[i] = string(c)
		}
		claims = strings.Join(words, ", ")
	}
	return notAppended(sdk.ReasonUnsupported, fmt.Sprintf(
		"backend %s doesn't %s: it would have to claim %s, and claims %s", sess.info.Name, what, missing, claims), nil)
}

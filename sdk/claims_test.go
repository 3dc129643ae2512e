package sdk_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/chronik-stream/metalog/sdk"
)

func as[T any](b sdk.Backend) bool {
	_, ok := sdk.As[T](b)
	return ok
}

// mute has abilities and doesn't say so; boast says so and hasn't any.
type mute struct{ *able }

func (mute) Info() sdk.Info { return sdk.Info{} }

type boast struct{ disk }

func (*boast) Info() sdk.Info { return sdk.Info{Claims: everything} }

func TestAsNeedsClaimAndMethod(t *testing.T) {
	abilities := map[sdk.Claim]func(sdk.Backend) bool{
		sdk.CanReadBarrier: as[sdk.ReadBarrierer],
		sdk.CanTransfer:    as[sdk.Transferer],
		sdk.CanMembership:  as[sdk.Membership],
		sdk.CanCompact:     as[sdk.Compacter],
		sdk.CanInspect:     as[sdk.Inspector],
	}
	require.Len(t, abilities, len(everything))
	for claim, has := range abilities {
		require.True(t, has(&able{claims: sdk.Claims{claim}}), claim)
		require.False(t, has(mute{&able{}}), "%s isn't claimed", claim)
		require.False(t, has(&boast{}), "%s isn't there", claim)
		require.False(t, has(&disk{}), "%s: neither", claim)
		for other, hasOther := range abilities {
			require.Equal(t, claim == other, hasOther(&able{claims: sdk.Claims{claim}}), "%s alone, %s", claim, other)
		}
	}
}

func TestAsWithoutAClaimOfItsOwn(t *testing.T) {
	require.True(t, as[sdk.ConfigValidator](mute{&able{}}))
	require.True(t, as[sdk.Lifetime](mute{&able{}}))
	require.False(t, as[sdk.ConfigValidator](&disk{}))
}

func TestUnknownClaimsAreIgnored(t *testing.T) {
	a := &able{claims: sdk.Claims{"time_travel", sdk.CanCompact}}
	require.True(t, as[sdk.Compacter](a))
	require.False(t, as[sdk.Inspector](a))
	require.Nil(t, sdk.Claimed(&disk{}))
}

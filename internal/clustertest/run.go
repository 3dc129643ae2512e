package clustertest

import "testing"

// Run has clusters of a kind do what every backend of several nodes does alike, each
// in a subtest.
func Run(t *testing.T, kind Kind) {
	t.Helper()
	for _, is := range []struct {
		name string
		test func(*testing.T, Kind)
	}{
		{"WipedVoter", testWipedVoter},
		{"WipedVoterAfterRestarts", testWipedVoterAfterRestarts},
		{"WipedVoterIsReplaced", testWipedVoterIsReplaced},
		{"LateMemberDoesNotEndTheReplaced", testLateMemberDoesNotEndTheReplaced},
		{"OtherClusterAtTheAddress", testOtherClusterAtTheAddress},
		{"LearnerIsPromoted", testLearnerIsPromoted},
		{"AddedVoterLeads", testAddedVoterLeads},
		{"MemberReplacedWithoutAPause", testMemberReplacedWithoutAPause},
		{"VoterThatIsAwayIsRefused", testVoterThatIsAwayIsRefused},
		{"RemovedLeader", testRemovedLeader},
		{"RestartKeepsMembers", testRestartKeepsMembers},
		{"FollowerCatchesUpBySnapshot", testFollowerCatchesUpBySnapshot},
		{"Inspect", testInspect},
		{"FollowerIsSentToSoonAfterItIsBack", testFollowerIsSentToSoonAfterItIsBack},
		{"LogIsBoundedInBytes", testLogIsBoundedInBytes},
		{"NoLeaderBeforeTheDeadline", testNoLeaderBeforeTheDeadline},
		{"BarrierAfterElection", testBarrierAfterElection},
		{"BarrierAfterChangeOfMembers", testBarrierAfterChangeOfMembers},
		{"BarrierAfterStartFromSnapshot", testBarrierAfterStartFromSnapshot},
		{"BarriersUnderTransfers", testBarriersUnderTransfers},
		{"BarrierWaitsForItsHost", testBarrierWaitsForItsHost},
		{"ClusterOverTLS", testClusterOverTLS},
		{"TLSThatDoesNotMatch", testTLSThatDoesNotMatch},
		{"TLSImpostorIsForgotten", testTLSImpostorIsForgotten},
		{"Transfer", testTransfer},
		{"TransferIsRefused", testTransferIsRefused},
		{"TransferPassesOverWhoIsAway", testTransferPassesOverWhoIsAway},
		{"EveryNode", testEveryNode},
		{"LeaderCloses", testLeaderCloses},
		{"BlockedApplyOnTheLeader", testBlockedApplyOnTheLeader},
		{"BlockedApplyOnAFollower", testBlockedApplyOnAFollower},
		{"IdleFollowerIsToldSoon", testIdleFollowerIsToldSoon},
		{"SizeLimit", testSizeLimit},
		{"Buffers", testBuffers},
		{"HostThatRefuses", testHostThatRefuses},
		{"CloseDuringASnapshot", testCloseDuringASnapshot},
		{"GarbageOnThePeerPort", testGarbageOnThePeerPort},
		{"LostConnectionToTheLeader", testLostConnectionToTheLeader},
	} {
		t.Run(is.name, func(t *testing.T) {
			t.Parallel()
			is.test(t, kind)
		})
	}
}

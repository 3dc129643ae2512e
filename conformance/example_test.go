package conformance_test

import (
	"context"
	"fmt"

	"github.com/chronik-stream/metalog/conformance"
	"github.com/chronik-stream/metalog/conformance/report"
)

// A backend is judged by some cases. Without Run it would be by all of them, and
// only then a profile is conformant.
func ExampleRun() {
	rep, err := conformance.Run(context.Background(), conformance.InMem(), conformance.Options{
		Run: []string{"ORD-001", "ORD-002", "BYT-001"}, Seed: 1,
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, family := range rep.Families() {
		fmt.Println(family, rep.Tally(family))
	}
	fmt.Println(rep.Count(report.Fail), "failed")
	for _, p := range rep.Profiles {
		if p.Name == "core" {
			fmt.Println("core:", rep.Verdict(p))
		}
	}
	// Output:
	// ORD 2 PASS
	// BYT 1 PASS
	// 0 failed
	// core: not shown: only some cases were asked for
}

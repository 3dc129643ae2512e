// Package faulty is backends that are wrong in exactly one way each, so that
// the suite itself is tested: a suite that has never failed shows nothing.
//
// A Mutant is a layer between an honest backend and its host. It passes
// everything on, both ways, and departs from the truth at one place. Beside
// the defect stands which cases of the suite must notice it, and which
// families it must not disturb; the test of this package plays them. A mutant
// that gets through is a case that is missing.
//
// What a mutant breaks must be something that only a backend can keep. Where
// sdk.Guard or sdk/plugin keeps a rule for every author, a layer within them
// can't break it: such a mutant stands before the guard, or in a process of its
// own (see Bed).
package faulty

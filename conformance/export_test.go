package conformance

// Only makes a run of other cases than the suite's.
func (o Options) Only(cases ...Case) Options {
	o.cases = cases
	return o
}

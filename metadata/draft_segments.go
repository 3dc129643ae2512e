package metadata

func (d *Draft) setSegment(s *Segment) {
	if old, had := d.state.segments.set(segmentKey(s.SegmentKey), s); had {
		d.forget(hashOf(&d.enc, encodeSegment, old))
		d.changed(old, s)
	} else {
		d.changed(nil, s)
	}
	d.record(hashOf(&d.enc, encodeSegment, s))
}

func (d *Draft) deleteSegment(s *Segment) {
	d.forget(hashOf(&d.enc, encodeSegment, s))
	d.changed(s, nil)
	d.state.segments.remove(segmentKey(s.SegmentKey))
}

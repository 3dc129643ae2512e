package metadata

func (d *Draft) changed(before, after Record) {}
func (d *Draft) markChanges() int             { return 0 }
func (d *Draft) undoChanges(int)              {}

package local_test

func child() bool { return false }

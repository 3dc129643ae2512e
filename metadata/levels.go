package metadata

// FeatureLevels are the lowest and the highest feature level that this build
// supports. Nodes announce them to each other.
func FeatureLevels() (lowest, highest uint32) { return genesisLevel, supportedLevel }

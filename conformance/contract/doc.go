// Package contract is the cases of the plugin contract: what every backend owes
// a host, whatever the entries mean. Each family is a file or more, named after
// it, and stands for one chapter of docs/reference/plugin-contract.md.
package contract

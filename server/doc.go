// Package server offers a node to others: its metadata and itself over gRPC
// (package metalog.v1, health, reflection), and its condition over HTTP for
// probes, scrapers and people.
//
// It translates and keeps nothing of its own: every answer comes from the node,
// at the moment it is asked for.
package server

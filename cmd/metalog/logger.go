package main

import (
	"fmt"
	"io"
	"log/slog"
	"strings"
)

// newLogger writes what the node has to say to w.
func newLogger(w io.Writer, config logConfig) (*slog.Logger, error) {
	level, err := parseLevel(config.Level)
	if err != nil {
		return nil, err
	}
	options := &slog.HandlerOptions{Level: level}
	if config.Format == "json" {
		return slog.New(slog.NewJSONHandler(w, options)), nil
	}
	return slog.New(slog.NewTextHandler(w, options)), nil
}

func parseLevel(text string) (slog.Level, error) {
	switch strings.ToLower(text) {
	case "debug":
		return slog.LevelDebug, nil
	case "info":
		return slog.LevelInfo, nil
	case "warn":
		return slog.LevelWarn, nil
	case "error":
		return slog.LevelError, nil
	}
	return 0, fmt.Errorf("%q isn't one of debug, info, warn, error", text)
}

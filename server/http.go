package server

import (
	"io"
	"log/slog"
	"net/http"
	"time"
)

// Limits of the HTTP side, which only probes and scrapers talk to.
const (
	httpHeaderWait = 5 * time.Second
	httpReadWait   = 10 * time.Second
	httpWriteWait  = 30 * time.Second
	httpIdleWait   = time.Minute
	httpMaxHeader  = 16 << 10
)

func (s *Server) newHTTP() *http.Server {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /livez", text(http.StatusOK, "alive\n"))
	mux.HandleFunc("GET /readyz", s.readyz)
	mux.Handle("GET /metrics", s.metrics.handler())
	mux.HandleFunc("GET /{$}", text(http.StatusOK, "/livez\n/readyz?verbose\n/metrics\n"))
	return &http.Server{
		Handler:           mux,
		ReadHeaderTimeout: httpHeaderWait,
		ReadTimeout:       httpReadWait,
		WriteTimeout:      httpWriteWait,
		IdleTimeout:       httpIdleWait,
		MaxHeaderBytes:    httpMaxHeader,
		ErrorLog:          slog.NewLogLogger(s.cfg.Logger.Handler(), slog.LevelWarn),
	}
}

// readyz answers 200 or 503, with every check if asked for by ?verbose.
func (s *Server) readyz(w http.ResponseWriter, r *http.Request) {
	st := s.node.Status()
	checks := checksOf(st, time.Now())
	plainText(w)
	if !ready(checks) {
		w.WriteHeader(http.StatusServiceUnavailable)
	}
	var err error
	if r.URL.Query().Has("verbose") {
		err = report(w, checks, st)
	} else {
		_, err = io.WriteString(w, verdict(checks))
	}
	s.lost(r, err)
}

// lost notes an answer that nobody waited for.
func (s *Server) lost(r *http.Request, err error) {
	if err != nil {
		s.cfg.Logger.Debug("an answer wasn't read", "path", r.URL.Path, "err", err)
	}
}

func text(code int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		plainText(w)
		w.WriteHeader(code)
		_, _ = io.WriteString(w, body)
	}
}

func plainText(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
}

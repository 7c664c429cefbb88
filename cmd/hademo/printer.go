package main

import (
	"encoding/json"
	"fmt"
	"io"
	"sync"
)

// printer writes records, each as one line in one piece, whichever goroutine they come from.
type printer struct {
	json bool

	mu  sync.Mutex
	w   io.Writer
	err error // the first
}

func (p *printer) print(r record) {
	line := r.line(p.json)
	p.mu.Lock()
	defer p.mu.Unlock()
	if _, err := p.w.Write(line); err != nil && p.err == nil {
		p.err = fmt.Errorf("standard output: %w", err)
	}
}

// failure is the first error of writing.
func (p *printer) failure() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.err
}

func (r record) line(asJSON bool) []byte {
	if !asJSON {
		return fmt.Appendf(nil, "%s  %s %s\n", r.Time.Local().Format("15:04:05.000"), r.ID, r.sentence())
	}
	line, err := json.Marshal(r)
	if err != nil {
		panic("hademo: encoding a record: " + err.Error()) // strings and numbers
	}
	return append(line, '\n')
}

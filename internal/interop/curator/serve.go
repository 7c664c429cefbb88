package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"

	"github.com/hamaster/hamaster/coord/zkserver"
)

// serve is what one TestingServer of Curator's tests stands for, until its input ends. It starts stopped.
func serve(cfg zkserver.Config, in io.Reader, out io.Writer) (err error) {
	server, err := zkserver.Start(cfg)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, server.Close()) }()
	server.Stop()
	for lines := bufio.NewScanner(in); lines.Scan(); {
		switch order := lines.Text(); order {
		case "start":
			server.Restart(true)
		case "stop":
			server.Stop()
		default:
			return fmt.Errorf("no such order: %q", order)
		}
		if _, err := fmt.Fprintln(out, "done"); err != nil {
			return err
		}
	}
	return nil
}

package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"

	"github.com/hamaster/hamaster/coord/zkserver"
)

// serve is what one TestingServer of Curator's tests stands for, until its input ends. It begins stopped.
func serve(cfg zkserver.Config, addr string, chaotic bool, in io.Reader, out io.Writer) (err error) {
	server, err := zkserver.New(cfg)
	if err != nil {
		return err
	}
	server.Stop()
	p := &port{addr: addr, server: server}
	defer func() { err = errors.Join(err, p.close(), server.Close()) }()
	if chaotic {
		end, err := startChaos(server)
		if err != nil {
			return err
		}
		defer end()
	}
	for lines := bufio.NewScanner(in); lines.Scan(); {
		switch order := lines.Text(); order {
		case "start":
			err = p.open()
		case "stop":
			err = p.close()
		default:
			err = fmt.Errorf("no such order: %q", order)
		}
		if err != nil {
			return err
		}
		if _, err := fmt.Fprintln(out, "done"); err != nil {
			return err
		}
	}
	return nil
}

// port listens only while the server is not stopped: some tests start another server there meanwhile.
type port struct {
	addr     string
	server   *zkserver.Server
	listener net.Listener // nil while the server is stopped
	accepts  sync.WaitGroup
}

func (p *port) open() (err error) {
	if p.listener != nil {
		return nil
	}
	if p.listener, err = net.Listen("tcp", p.addr); err != nil {
		return err
	}
	p.server.Restart(true)
	p.accepts.Go(p.accept)
	return nil
}

func (p *port) accept() {
	for {
		conn, err := p.listener.Accept()
		if err != nil {
			return // closed, or there will be no test that passes
		}
		_ = p.server.ServeConn(conn) // who is refused has been told so
	}
}

func (p *port) close() error {
	if p.listener == nil {
		return nil
	}
	err := p.listener.Close()
	p.accepts.Wait()
	p.listener = nil
	p.server.Stop()
	return err
}

// Command alone is the embedded server and nothing else, to see what memory that takes. Its argument is the address to listen on.
package main

import (
	"fmt"
	"os"
	"os/signal"

	"github.com/hamaster/hamaster/coord/zkserver"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: alone ADDRESS")
		os.Exit(2)
	}
	if err := serve(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func serve(addr string) error {
	interrupted := make(chan os.Signal, 1)
	signal.Notify(interrupted, os.Interrupt)
	srv, err := zkserver.Start(zkserver.Config{Addr: addr})
	if err != nil {
		return err
	}
	<-interrupted
	return srv.Close()
}

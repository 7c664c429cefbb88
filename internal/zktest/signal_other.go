//go:build !unix

package zktest

import (
	"errors"
	"os"
)

func terminate(p *os.Process) error { return p.Kill() }
func freeze(*os.Process) error      { return errors.ErrUnsupported }
func thaw(*os.Process) error        { return errors.ErrUnsupported }

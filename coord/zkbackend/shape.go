package zkbackend

import "fmt"

// checkShape returns an error unless the body of a successful answer is what such a request is answered with. go-zookeeper trusts
// the numbers in it: on a wrong one it may panic in a goroutine of its own, or try to allocate as much as it says.
func checkShape(op opcode, body []byte) error {
	d := decoder{rest: body}
	switch op {
	case opCreate, opSync:
		d.skipBytes()
	case opExists, opSetData:
		d.skipStat()
	case opGetData:
		if n := d.int32(); n >= 0 { // -1 is no data at all
			d.take(int(n))
		}
		d.skipStat()
	case opGetChildren2:
		for n := d.int32(); n > 0 && d.err == nil; n-- {
			d.skipBytes()
		}
		d.skipStat()
	case opMulti:
		d.skipResults()
	}
	return d.err
}

// skipResults passes over the results of a transaction.
func (d *decoder) skipResults() {
	for d.err == nil {
		kind := opcode(d.int32())
		done := d.take(1)
		d.int32() // error code, which comes again
		if d.err != nil || done[0] != 0 {
			return
		}
		switch kind {
		case opError:
			d.int32()
		case opCreate:
			d.skipBytes()
		case opSetData:
			d.skipStat()
		case opDelete, opCheck:
		default:
			d.err = fmt.Errorf("%w: a result of type %d", errProtocol, kind)
		}
	}
}

func (d *decoder) skipBytes() { d.take(int(d.int32())) }

func (d *decoder) skipStat() { d.take(statSize) }

const statSize = 68

package explore

import "math/bits"

// visited is all distinct states, in the order in which they were found, with an index by open addressing.
type visited struct {
	states []state
	slots  []uint64 // a power of two of them; each an index into states, plus one, below 32 bits of the hash
}

func newVisited() *visited { return &visited{slots: make([]uint64, 1<<16)} }

// add returns the index of a state, and whether it is new. The bits of the hash beside an index save most looks at states that are
// not the same, and so most of the waiting for memory.
func (v *visited) add(s *state) (uint32, bool) {
	mask := uint64(len(v.slots) - 1)
	hash := s.hash()
	tag := hash >> 32
	at := hash & mask
	for ; v.slots[at] != 0; at = (at + 1) & mask {
		if slot := v.slots[at]; slot>>32 == tag {
			if i := uint32(slot) - 1; v.states[i].equal(s) {
				return i, false
			}
		}
	}
	v.states = append(v.states, *s)
	v.slots[at] = tag<<32 | uint64(len(v.states))
	if 2*len(v.states) > len(v.slots) {
		v.grow()
	}
	return uint32(len(v.states) - 1), true
}

func (v *visited) grow() {
	v.slots = make([]uint64, 2*len(v.slots))
	mask := uint64(len(v.slots) - 1)
	for i := range v.states {
		hash := v.states[i].hash()
		at := hash & mask
		for v.slots[at] != 0 {
			at = (at + 1) & mask
		}
		v.slots[at] = hash>>32<<32 | uint64(i+1)
	}
}

// hash only spreads the states over the slots: they are compared in full.
func (s *state) hash() uint64 {
	const odd = 0x9e3779b97f4a7c15
	h := uint64(odd)
	for _, v := range s {
		hi, lo := bits.Mul64(h^uint64(v), odd)
		h = hi ^ lo ^ uint64(v)<<32
	}
	hi, lo := bits.Mul64(h, odd)
	return hi ^ lo
}

// equal is == without a call.
func (s *state) equal(o *state) bool {
	diff := uint32(0)
	for i, v := range s {
		diff |= v ^ o[i]
	}
	return diff == 0
}

package explore

import "math/bits"

// visited is all distinct states, in the order in which they were found, with an index by open addressing.
type visited struct {
	states []state
	slots  []uint32 // index+1 into states; a power of two
}

func newVisited() *visited { return &visited{slots: make([]uint32, 1<<16)} }

// add returns the index of a state, and whether it is new.
func (v *visited) add(s *state) (uint32, bool) {
	mask := uint64(len(v.slots) - 1)
	at := s.hash() & mask
	for ; v.slots[at] != 0; at = (at + 1) & mask {
		if i := v.slots[at] - 1; v.states[i] == *s {
			return i, false
		}
	}
	v.states = append(v.states, *s)
	v.slots[at] = uint32(len(v.states))
	if 2*len(v.states) > len(v.slots) {
		v.grow()
	}
	return uint32(len(v.states) - 1), true
}

func (v *visited) grow() {
	v.slots = make([]uint32, 2*len(v.slots))
	mask := uint64(len(v.slots) - 1)
	for i := range v.states {
		at := v.states[i].hash() & mask
		for v.slots[at] != 0 {
			at = (at + 1) & mask
		}
		v.slots[at] = uint32(i + 1)
	}
}

// hash only spreads the states over the slots: they are compared in full.
func (s *state) hash() uint64 {
	h := uint64(0)
	for _, v := range s {
		hi, lo := bits.Mul64(h^uint64(v), 0x9e3779b97f4a7c15)
		h = hi ^ lo ^ uint64(v)<<32
	}
	return h ^ h>>29
}

package explore

// checkForward is L1 and L2: from every state the fair way forward ends in a settled one. It is followed once from each state, to the
// first whose end is known. A way that comes back to itself never ends; one that leads to a state not looked at yet, in a walk
// that was bounded, is given the benefit of the doubt.
func (w *walk) checkForward() {
	length := make([]uint32, len(w.fair)) // of the way, plus one; 0: not known yet
	var way []uint32
	for start := range w.fair {
		way = way[:0]
		at := uint32(start)
		for length[at] == 0 && w.fair[at] != at && w.fair[at] != nowhere {
			way = append(way, at)
			length[at] = onTheWay
			at = w.fair[at]
		}
		if length[at] == onTheWay {
			w.endless(uint32(start), at)
			return
		}
		n := max(length[at], 1)
		for k := len(way) - 1; k >= 0; k-- {
			n++
			length[way[k]] = n
		}
		w.result.Longest = max(w.result.Longest, int(n)-1)
	}
}

const onTheWay = ^uint32(0)

// endless tells of the way to a state from which the fair way leads into a circle, and once round it.
func (w *walk) endless(start, circle uint32) {
	v := &Violation{Promise: "L1: without any more faults the right master never comes to lead", Schedule: w.schedule(start)}
	v.Schedule = append(v.Schedule, "from here on there are no faults")
	closed := false
	for at := start; ; at = w.fair[at] {
		if at == circle {
			if closed {
				break
			}
			closed = true
			v.Schedule = append(v.Schedule, "and so on, round and round:")
		}
		s := w.seen.states[at]
		c, _ := w.forward(&s)
		v.Schedule = append(v.Schedule, w.describe(&s, c))
	}
	w.result.Violation = v
}

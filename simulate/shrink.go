package simulate

// Shrink looks for a small schedule that breaks the same promise as r, which must have been recorded, with at most so many replays.
// It is delta debugging (Zeller and Hildebrandt) on what was chosen: first the time, then whole reasons, then ever smaller groups of
// choices are left out as long as the promise is broken all the same; then what is left is made as small as it can be.
func Shrink(r Result, replays int) Result {
	if r.Violation == nil {
		return r
	}
	broken := r.Violation.Invariant
	return ShrinkTo(r, replays, func(r *Result) bool { return r.Violation != nil && r.Violation.Invariant == broken })
}

// ShrinkTo is Shrink for whatever r has that is wanted, such as a mark.
func ShrinkTo(r Result, replays int, wanted func(*Result) bool) Result {
	s := &shrinker{best: r, left: replays, wanted: wanted}
	s.shortenTime()
	for before := -1; before != len(s.best.Schedule) && s.left > 0; {
		before = len(s.best.Schedule)
		s.dropReasons()
		s.dropGroups()
	}
	s.lowerValues()
	return Replay(s.best.Options, s.best.Schedule)
}

type shrinker struct {
	best   Result
	left   int // replays
	wanted func(*Result) bool
}

// try plays a schedule, and keeps it if it has what is wanted.
func (s *shrinker) try(o Options, schedule Schedule) bool {
	if s.left == 0 {
		return false
	}
	s.left--
	r := play(o, NewPlayer(schedule), false)
	if !s.wanted(&r) {
		return false
	}
	r.Schedule = schedule
	s.best = r
	return true
}

// shortenTime ends the faults soon after the violation, or soon before if it comes once they are over.
func (s *shrinker) shortenTime() {
	if v := s.best.Violation; v != nil && v.At.Sub(began) < s.best.faultTime() {
		o := s.best.Options
		o.For = v.At.Sub(began)
		s.try(o, s.best.Schedule)
	}
	for range 8 {
		o := s.best.Options
		o.For = s.best.faultTime() / 2
		if !s.try(o, s.best.Schedule) {
			return
		}
	}
}

func (s *shrinker) dropReasons() {
	for why := Reason(Reasons); why > 0; why-- {
		s.try(s.best.Options, s.without(func(c Choice) bool { return c.Why == why-1 }))
	}
}

func (s *shrinker) without(drop func(Choice) bool) Schedule {
	var kept Schedule
	for _, c := range s.best.Schedule {
		if !drop(c) {
			kept = append(kept, c)
		}
	}
	return kept
}

func (s *shrinker) dropGroups() {
	for size := (len(s.best.Schedule) + 1) / 2; size > 0 && s.left > 0; size /= 2 {
		// From the end, where choices matter to fewer others.
		for at := len(s.best.Schedule) - size; at > -size && s.left > 0; at -= size {
			from, to := max(at, 0), min(at+size, len(s.best.Schedule))
			shorter := append(Schedule(nil), s.best.Schedule[:from]...)
			s.try(s.best.Options, append(shorter, s.best.Schedule[to:]...))
		}
	}
}

func (s *shrinker) lowerValues() {
	for i := range s.best.Schedule {
		for _, v := range [...]uint32{1, s.best.Schedule[i].Value / 2} {
			if v == 0 || v >= s.best.Schedule[i].Value {
				continue
			}
			lower := append(Schedule(nil), s.best.Schedule...)
			lower[i].Value = v
			s.try(s.best.Options, lower)
		}
	}
}

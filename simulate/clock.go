package simulate

import "github.com/hamaster/hamaster/coord"

// million is the unit of a rate: parts per million.
const million = 1_000_000

// clock is a node's own: it runs fast or slow, by up to the bound that the lease allows for, and shows another time than any
// other. The service's clock is true.
type clock struct {
	ppm    int64 // by how much it is fast
	offset coord.Instant
}

// local is what the clock shows at a true instant.
func (c *clock) local(t coord.Instant) coord.Instant {
	return t + t/million*coord.Instant(c.ppm) + t%million*coord.Instant(c.ppm)/million + c.offset
}

// reaches is the first true instant at which the clock shows l, or more.
func (c *clock) reaches(l coord.Instant) coord.Instant {
	l -= c.offset
	rate := coord.Instant(million + c.ppm)
	return l/rate*million + (l%rate*million+rate-1)/rate
}

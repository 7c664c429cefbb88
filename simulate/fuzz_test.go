package simulate

import (
	"testing"
	"time"
)

// script is a Chooser that follows a fuzzer's bytes, and chooses the plainest once they are used up.
type script struct{ left []byte }

func (s *script) Choose(n int, _ Reason) int {
	if len(s.left) == 0 {
		return 0
	}
	b := s.left[0]
	s.left = s.left[1:]
	return int(b) % n
}

// FuzzWorld lets the fuzzer choose. Its bytes are used up soon, so worlds are short.
func FuzzWorld(f *testing.F) {
	f.Add([]byte{})
	f.Add([]byte{1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1})
	for seed := range uint64(8) {
		g := NewGenerator(seed)
		data := make([]byte, 400)
		for i := range data {
			data[i] = byte(g.Choose(256, Swarm))
		}
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		r := play(Options{For: 10 * time.Second}, &script{data}, true)
		if r.Violation != nil {
			t.Fatal(r.Report())
		}
	})
}

package coordtest

import (
	"strings"
	"time"

	"github.com/hamaster/hamaster/coord"
)

// arm registers a watch of the session, at the place in the list of trees where it stands.
func (s *toySession) arm(key toyKey) *coord.Watch {
	if w := s.shared[key]; w != nil && s.toy.is(endedWatchIsGivenAgain) {
		return w
	}
	w, end := coord.NewWatch()
	s.shared[key] = w
	switch {
	case s.toy.is(watchFiresTwice) && s.fired[key]:
		s.fired[key] = false
		end(coord.Event{Type: coord.DataChanged, Path: key.path}, true)
		return w
	case s.toy.is(lastWatchOnly):
		s.watches[key] = nil
	case s.toy.is(watchesAreLimited) && len(s.watches) >= 64:
		return w
	case s.toy.is(armsLate):
		time.AfterFunc(toyLatency*3/2, func() {
			s.toy.mu.Lock()
			defer s.toy.mu.Unlock()
			s.watches[key] = append(s.watches[key], end)
		})
		return w
	}
	s.watches[key] = append(s.watches[key], end)
	return w
}

func (s *toySession) lockedAdvance() {
	s.toy.mu.Lock()
	defer s.toy.mu.Unlock()
	s.advance()
}

// advance brings a connected session to the end of the list of trees, and tells its watches of all on the way.
func (s *toySession) advance() {
	if s.state != coord.Connected || s.link.cut&Replies != 0 || s.gone {
		return
	}
	for s.at < len(s.toy.trees)-1 {
		s.at++
		for _, event := range s.toy.news[s.at] {
			s.hears(event)
		}
	}
}

// hears tells the watches that such an event ends.
func (s *toySession) hears(event coord.Event) {
	if s.toy.is(setsAreNotTold) && event.Type == coord.DataChanged || s.toy.is(childrenAreNotTold) && event.Type == coord.ChildrenChanged {
		return
	}
	kinds := []string{"exists", "get"}
	switch event.Type {
	case coord.ChildrenChanged:
		kinds = []string{"children"}
	case coord.NodeDeleted:
		if !s.toy.is(deletionIsToldToOneKind) {
			kinds = append(kinds, "children")
		}
	}
	for _, kind := range kinds {
		s.wake(toyKey{kind, event.Path}, event)
		if s.toy.is(prefixIsWatched) {
			s.wakePrefixes(kind, event)
		}
	}
}

func (s *toySession) wakePrefixes(kind string, event coord.Event) {
	for key := range s.watches {
		if key.kind == kind && strings.HasPrefix(event.Path, key.path) {
			s.wake(key, event)
		}
	}
}

func (s *toySession) wake(key toyKey, event coord.Event) {
	ends := s.watches[key]
	delete(s.watches, key)
	s.fired[key] = len(ends) > 0
	for _, end := range ends {
		if !s.toy.is(eventsAreLate) {
			end(s.told(event), true)
			continue
		}
		time.AfterFunc(10*toyLatency, func() {
			s.toy.mu.Lock()
			defer s.toy.mu.Unlock()
			// Late as it is, it tells of the last thing that happened.
			end(s.latest(event), true)
		})
	}
}

func (s *toySession) told(event coord.Event) coord.Event {
	if s.toy.is(eventsNameTheParent) {
		event.Path, _ = coord.SplitPath(event.Path)
	}
	return event
}

func (s *toySession) latest(event coord.Event) coord.Event {
	for _, events := range s.toy.news {
		for _, later := range events {
			if later.Path == event.Path {
				event = later
			}
		}
	}
	return event
}

func (s *toySession) wakeAll() {
	for key := range s.watches {
		s.wake(key, coord.Event{Type: coord.DataChanged, Path: key.path})
	}
}

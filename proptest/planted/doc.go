// Package planted shows that the tests of the shell can fail: of the goroutines, timers and clients around the algorithm, which are not in
// the simulator. Its test builds the tests of another package again and again, each time with one known flaw edited into the sources
// (an overlay of the build; nothing is changed on disk), and each must fail, in the words of the promise that the flaw breaks.
//
// A flaw that is not found so fails the test, and so does one whose edit does not fit the sources any more. The table of what was
// found, and how it was said, is printed:
//
//	go test -v ./proptest/planted
package planted

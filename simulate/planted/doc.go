// Package planted shows that the simulator and the explorer can fail. Its test builds the command hademo again and again, each time
// with one known flaw edited into the sources (an overlay of the build; nothing is changed on disk), and each must be found, within a
// bounded number of runs or states, as the promise that it is known to break.
//
// A flaw that is not found fails the test, and so does one whose edit does not fit the sources any more. The table of what was found,
// and how soon, is printed:
//
//	go test -v ./simulate/planted
package planted

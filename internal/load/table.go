package main

import (
	"fmt"
	"io"
	"time"
)

const mib = 1 << 20

// printStart takes what was seen of ZooKeeper, of `hademo serve`, and of our server alone in its program.
func printStart(w io.Writer, seen [3]started) {
	fmt.Fprintln(w, "| | ZooKeeper | hademo serve | ratio | zkserver alone | ratio |")
	fmt.Fprintln(w, "|---|---:|---:|---:|---:|---:|")
	row := func(name string, value func(started) float64) {
		theirs, ours, alone := value(seen[0]), value(seen[1]), value(seen[2])
		fmt.Fprintf(w, "| %s | %.1f | %.1f | %.1f | %.1f | %.1f |\n", name, theirs, ours, theirs/ours, alone, theirs/alone)
	}
	row("start to first answer, ms", func(s started) float64 { return ms(median(s.took)) })
	row("resident memory after it, MiB", func(s started) float64 { return inMiB(median(s.resident)) })
	row("of it not mapped from files, MiB", func(s started) float64 { return inMiB(median(s.own)) })
	fmt.Fprintln(w)
}

func printHead(w io.Writer) {
	fmt.Fprintln(w, "| operation | sessions | a second: ZooKeeper | zkserver | ratio | p50, µs: ZooKeeper | zkserver | p99, µs: ZooKeeper | zkserver |")
	fmt.Fprintln(w, "|---|---:|---:|---:|---:|---:|---:|---:|---:|")
}

func printRow(w io.Writer, name string, sessions int, theirs, ours sample) {
	fmt.Fprintf(w, "| %s | %d | %.0f | %.0f | %.1f | %.0f | %.0f | %.0f | %.0f |\n", name, sessions, theirs.rate(), ours.rate(), ours.rate()/theirs.rate(),
		us(theirs.quantile(0.5)), us(ours.quantile(0.5)), us(theirs.quantile(0.99)), us(ours.quantile(0.99)))
}

func printMemory(w io.Writer, theirs, ours int64) {
	fmt.Fprintf(w, "\nResident memory at the end: ZooKeeper %.0f MiB, zkserver %.0f MiB.\n", inMiB(theirs), inMiB(ours))
}

func ms(d time.Duration) float64 { return d.Seconds() * 1e3 }
func us(d time.Duration) float64 { return d.Seconds() * 1e6 }
func inMiB(bytes int64) float64  { return float64(bytes) / mib }

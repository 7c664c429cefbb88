package main

import (
	"fmt"
	"io"
	"time"
)

const mib = 1 << 20

func printStart(w io.Writer, theirs, ours started) {
	fmt.Fprintln(w, "| | ZooKeeper | zkserver | ratio |")
	fmt.Fprintln(w, "|---|---:|---:|---:|")
	row := func(name string, theirs, ours float64) {
		fmt.Fprintf(w, "| %s | %.1f | %.1f | %.1f |\n", name, theirs, ours, theirs/ours)
	}
	row("start to first answer, ms", ms(median(theirs.took)), ms(median(ours.took)))
	row("resident memory after it, MiB", inMiB(median(theirs.resident)), inMiB(median(ours.resident)))
	row("of it not mapped from files, MiB", inMiB(median(theirs.own)), inMiB(median(ours.own)))
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

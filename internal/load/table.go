package main

import (
	"fmt"
	"time"
)

const mib = 1 << 20

func printStart(realTook, oursTook time.Duration, realHeld, oursHeld int64) {
	fmt.Println("| | ZooKeeper | zkserver | ratio |")
	fmt.Println("|---|---:|---:|---:|")
	fmt.Printf("| start to first answer, ms | %.1f | %.1f | %.0f |\n", ms(realTook), ms(oursTook), float64(realTook)/float64(oursTook))
	fmt.Printf("| resident memory after it, MiB | %.1f | %.1f | %.1f |\n\n", inMiB(realHeld), inMiB(oursHeld), float64(realHeld)/float64(oursHeld))
}

func printHead() {
	fmt.Println("| operation | sessions | a second: ZooKeeper | zkserver | ratio | p50, µs: ZooKeeper | zkserver | p99, µs: ZooKeeper | zkserver |")
	fmt.Println("|---|---:|---:|---:|---:|---:|---:|---:|---:|")
}

func printRow(name string, sessions int, real, ours sample) {
	fmt.Printf("| %s | %d | %.0f | %.0f | %.1f | %.0f | %.0f | %.0f | %.0f |\n", name, sessions, real.rate(), ours.rate(), ours.rate()/real.rate(),
		us(real.quantile(0.5)), us(ours.quantile(0.5)), us(real.quantile(0.99)), us(ours.quantile(0.99)))
}

func printMemory(real, ours int64) {
	fmt.Printf("\nResident memory at the end: ZooKeeper %.0f MiB, zkserver %.0f MiB.\n", inMiB(real), inMiB(ours))
}

func ms(d time.Duration) float64 { return d.Seconds() * 1e3 }
func us(d time.Duration) float64 { return d.Seconds() * 1e6 }
func inMiB(bytes int64) float64  { return float64(bytes) / mib }

//go:build !linux

package main

import "errors"

func processors() ([]int, error) { return nil, errors.ErrUnsupported }
func bind([]int) error           { return errors.ErrUnsupported }

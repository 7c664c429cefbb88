package election

import (
	"strconv"
	"strings"
)

// A candidate node is called <id>-<sequence>, or <id>+<weight>-<sequence> under a weighted policy. The service appends the
// sequence: an int32 padded with zeros to ten characters, sign included ("%010d" in ZooKeeper's PrepRequestProcessor).

// nodePrefix is the name without its sequence.
func nodePrefix(id string, weight int32, weighted bool) string {
	if weighted {
		return id + "+" + strconv.Itoa(int(weight)) + "-"
	}
	return id + "-"
}

// ParseNode reads a candidate node's name, and reports whether it is one.
func ParseNode(name string, weighted bool) (Candidate, bool) {
	c := Candidate{Node: name}
	id, seq, ok := cutSequence(name)
	if !ok {
		return c, false
	}
	c.ID, c.Seq = id, seq
	if weighted {
		i := strings.LastIndexByte(id, '+')
		if i < 0 {
			return c, false
		}
		w, err := strconv.ParseInt(id[i+1:], 10, 32)
		if err != nil {
			return c, false
		}
		c.ID, c.Weight = id[:i], int32(w)
	}
	return c, c.ID != ""
}

const seqDigits = 10

// cutSequence splits a name at its sequence number. As no id ends in a hyphen, two hyphens in front of the digits mean a negative
// number: ten digits behind a sign, or nine where the sign is one of the ten characters.
func cutSequence(name string) (prefix string, seq int32, ok bool) {
	digits := len(name)
	for digits > 0 && name[digits-1] >= '0' && name[digits-1] <= '9' {
		digits--
	}
	n := len(name) - digits
	negative := digits >= 2 && name[digits-1] == '-' && name[digits-2] == '-'
	if digits < 1 || name[digits-1] != '-' || n != seqDigits && !(negative && n == seqDigits-1) {
		return "", 0, false
	}
	start := digits
	if negative {
		start--
	}
	v, err := strconv.ParseInt(name[start:], 10, 32)
	if err != nil {
		return "", 0, false
	}
	return name[:start-1], int32(v), true
}

package election

import (
	"encoding/json"
	"errors"
	"fmt"
)

// Register is the election path's own data: who holds the present term. The zero Register has never been held.
type Register struct {
	// Term numbers the terms of this path, from 1; 0 if there was none and somebody waits for the first.
	Term uint64 `json:"term"`
	// Holder is the candidate node of the term's master; empty if released.
	Holder string `json:"holder,omitempty"`
	// ID is the master's id, for people.
	ID string `json:"id,omitempty"`
	// Released: the term is over, though its holder's node may still stand.
	Released bool `json:"released,omitempty"`
	// Policy names the policy of the candidate that wrote this.
	Policy string `json:"policy"`
}

// ErrNoRegister: the election path holds data that this package did not write. It is never overwritten.
var ErrNoRegister = errors.New("the node's data is no election register")

// ParseRegister reads the election path's data. Empty data is a register that was never held. Members it does not know are left
// to later versions; an error matches ErrNoRegister.
func ParseRegister(data []byte) (Register, error) {
	var r Register
	if len(data) == 0 {
		return r, nil
	}
	if err := json.Unmarshal(data, &r); err != nil {
		return Register{}, fmt.Errorf("%w: %s", ErrNoRegister, excerpt(data))
	}
	if r.Term == 0 && !r.Released || r.Policy == "" || (r.Holder == "") != r.Released {
		return Register{}, fmt.Errorf("%w: %s", ErrNoRegister, excerpt(data))
	}
	return r, nil
}

// Encode is the register as it is stored.
func (r Register) Encode() []byte {
	data, err := json.Marshal(r)
	if err != nil {
		panic("election: encoding a register: " + err.Error()) // a struct of strings and numbers
	}
	return data
}

func excerpt(data []byte) string {
	const most = 60
	if len(data) > most {
		return fmt.Sprintf("%q and %d bytes more", data[:most], len(data)-most)
	}
	return fmt.Sprintf("%q", data)
}

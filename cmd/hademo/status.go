package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"text/tabwriter"
	"time"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"github.com/hamaster/hamaster/coord"
	"github.com/hamaster/hamaster/ha"
)

// status is the flags of `hademo status`.
type status struct {
	service
	path string
	json bool
}

func newStatus(s streams) *cobra.Command {
	v := &status{}
	cmd := &cobra.Command{
		Use:   "status",
		Short: "Show an election: master, token, candidates in rank order",
		Args:  cobra.NoArgs,
		RunE:  func(cmd *cobra.Command, _ []string) error { return v.run(cmd.Context(), s) },
	}
	f := cmd.Flags()
	v.register(f, defaultAddr, 10*time.Second)
	f.StringVar(&v.path, "path", defaultPath, "election path")
	f.BoolVar(&v.json, "json", false, "print one JSON object")
	return cmd
}

func (v *status) run(ctx context.Context, s streams) error {
	log, err := newLogger(v.logLevel, s.err)
	if err != nil {
		return err
	}
	view, err := v.look(ctx, v.path, log)
	if err != nil {
		return err
	}
	r := newReport(view)
	if v.json {
		return json.NewEncoder(s.out).Encode(r)
	}
	return r.write(s.out)
}

// report is an election as `hademo status --json` prints it.
type report struct {
	Path       string        `json:"path"`
	Policy     string        `json:"policy,omitempty"` // empty before the first term
	Term       uint64        `json:"term"`             // number of terms so far
	Master     string        `json:"master,omitempty"` // its id; empty if there is none
	Token      coord.Zxid    `json:"token,omitempty"`  // of the present term, if there is one
	Candidates []participant `json:"candidates"`       // the one that ranks first comes first
}

type participant struct {
	ID      string `json:"id"`
	Node    string `json:"node"`
	Master  bool   `json:"master"`
	Session string `json:"session"`
	Data    []byte `json:"data"`           // in base64, as it may be anything
	Text    string `json:"text,omitempty"` // the data, if it is text
}

func newReport(v ha.View) report {
	r := report{Path: v.Path, Policy: v.Register.Policy, Term: v.Register.Term, Token: v.Token, Candidates: []participant{}}
	if v.Master != nil {
		r.Master = v.Master.ID
	}
	for _, m := range v.Members {
		p := participant{ID: m.ID, Node: m.Node, Session: m.Session.String(), Data: m.Data}
		p.Master = v.Master != nil && m.Node == v.Master.Node
		if utf8.Valid(m.Data) {
			p.Text = string(m.Data)
		}
		r.Candidates = append(r.Candidates, p)
	}
	return r
}

// write prints the report for people.
func (r report) write(w io.Writer) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintf(t, "election\t%s\n", r.Path)
	if r.Policy == "" {
		fmt.Fprintf(t, "terms\tnone yet\n")
	} else {
		fmt.Fprintf(t, "policy\t%s\nterms\t%d\n", r.Policy, r.Term)
	}
	if r.Master == "" {
		fmt.Fprintf(t, "master\tnone\n")
	} else {
		fmt.Fprintf(t, "master\t%s\ntoken\t%v\n", r.Master, r.Token)
	}
	if err := t.Flush(); err != nil {
		return err
	}
	fmt.Fprintf(t, "\nrank\tcandidate\trole\tnode\tdata\n")
	for i, p := range r.Candidates {
		role := "standby"
		if p.Master {
			role = "master"
		}
		fmt.Fprintf(t, "%d\t%s\t%s\t%s\t%s\n", i+1, p.ID, role, p.Node, excerpt(p.Data))
	}
	return t.Flush()
}

// excerpt shows data as text, as far as it fits on a line.
func excerpt(data []byte) string {
	const most = 40
	if len(data) > most {
		return fmt.Sprintf("%q and %d bytes more", data[:most], len(data)-most)
	}
	return fmt.Sprintf("%q", data)
}

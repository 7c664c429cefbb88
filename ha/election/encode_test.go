package election

import (
	"bytes"
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"
	"unsafe"

	"github.com/hamaster/hamaster/coord"
)

// leadingMachine is one in which every field matters, but for those of encodeElsewhere.
func leadingMachine() Machine {
	m := New(&Config{Path: "/e", ID: "a"})
	m.session, m.connected, m.timeout, m.alive = 7, true, time.Second, 2e9
	m.step, m.call, m.lastCall = leadOwn, 3, 5
	m.term = Term{Token: 9, Number: 1, Node: "a-0000000000", Version: 1}
	m.node, m.renewAt, m.termBegan = "a-0000000000", 2e9, 1e9
	return m
}

const encodeNow = coord.Instant(1e9)

func encoded(m *Machine) []byte {
	var e Encoding
	e.Reset(encodeNow)
	return m.AppendTo(nil, &e)
}

// Fields that count only in another state than leadingMachine's: how to get there.
var encodeElsewhere = map[string]func(m *Machine){
	"retryAt":        func(m *Machine) { m.call = 0 },
	"renewSent":      func(m *Machine) { m.renewal = 4 },
	"first":          func(m *Machine) { m.step = leadRival },
	"prev":           func(m *Machine) { m.term, m.step, m.call = Term{}, idle, 0 },
	"part":           func(m *Machine) { m.step = makePath },
	"listed":         func(m *Machine) { m.step = armPrev },
	"payload":        func(m *Machine) { m.step = knock },
	"payloadVersion": func(m *Machine) { m.step = knock },
}

// Fields that never count: the Config is the caller's, and the last call's number is a name like the others.
var encodeNever = map[string]bool{"cfg": true, "lastCall": true}

func TestEncodingCoversEveryField(t *testing.T) {
	for _, f := range leaves(nil, "", 0, reflect.TypeFor[Machine]()) {
		m := leadingMachine()
		if prepare := encodeElsewhere[f.name]; prepare != nil {
			prepare(&m)
		}
		before := encoded(&m)
		if f.name != "cfg" {
			change(t, reflect.NewAt(f.typ, unsafe.Add(unsafe.Pointer(&m), f.offset)).Elem())
		}
		if same := bytes.Equal(before, encoded(&m)); same != encodeNever[f.name] {
			t.Errorf("after a change of %s the encoding is the same: %v", f.name, same)
		}
	}
}

// leaf is a field, or one of a struct's or an array's.
type leaf struct {
	name   string
	offset uintptr
	typ    reflect.Type
}

func leaves(list []leaf, name string, offset uintptr, typ reflect.Type) []leaf {
	switch typ.Kind() {
	case reflect.Struct:
		for i := range typ.NumField() {
			f := typ.Field(i)
			list = leaves(list, strings.TrimPrefix(name+"."+f.Name, "."), offset+f.Offset, f.Type)
		}
	case reflect.Array:
		for i := range typ.Len() {
			list = leaves(list, name, offset+uintptr(i)*typ.Elem().Size(), typ.Elem())
		}
	default:
		list = append(list, leaf{name, offset, typ})
	}
	return list
}

// change gives a field another value.
func change(t *testing.T, v reflect.Value) {
	switch v.Kind() {
	case reflect.Uint64:
		if v.Type() == reflect.TypeFor[CallID]() && v.Uint() != 0 {
			v.SetUint(0) // one number is as good as another
			return
		}
		v.SetUint(v.Uint() + 1)
	case reflect.Bool:
		v.SetBool(!v.Bool())
	case reflect.Int, reflect.Int32:
		v.SetInt(v.Int() + 1)
	case reflect.Int64:
		v.SetInt(v.Int() + 3e9)
	case reflect.Uint8, reflect.Uint32:
		v.SetUint(v.Uint() + 1)
	case reflect.String:
		v.SetString(v.String() + "x")
	case reflect.Slice:
		v.Set(reflect.Append(v, reflect.New(v.Type().Elem()).Elem()))
	case reflect.Interface:
		v.Set(reflect.ValueOf(errors.New("x")))
	default:
		t.Fatalf("no other value known for a %v", v.Type())
	}
}

func TestEncodingForgetsNumbersAndOrigin(t *testing.T) {
	a, b := leadingMachine(), leadingMachine()
	const later = 5e9
	for _, at := range []*coord.Instant{&b.alive, &b.renewAt, &b.termBegan} {
		*at += later
	}
	b.call, b.lastCall = 103, 105
	var e Encoding
	e.Reset(encodeNow + later)
	if !bytes.Equal(encoded(&a), b.AppendTo(nil, &e)) {
		t.Error("the same state at another time, after other calls, is encoded differently")
	}
	a.watches[watchOwn] = a.call
	b.watches[watchOwn] = b.call + 1
	e.Reset(encodeNow + later)
	if bytes.Equal(encoded(&a), b.AppendTo(nil, &e)) {
		t.Error("two calls are taken for one")
	}
}

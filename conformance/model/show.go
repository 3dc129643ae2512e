package model

import (
	"fmt"
	"reflect"
	"strconv"
	"strings"
)

// maxShown is how much of a long text is shown.
const maxShown = 40

// same reports whether two values are shown alike: an empty list is no list.
func same(a, b any) bool { return show(a) == show(b) }

// show writes a value for people, without what is zero.
func show(v any) string {
	var b strings.Builder
	write(&b, reflect.ValueOf(v))
	return b.String()
}

func write(b *strings.Builder, v reflect.Value) {
	switch {
	case !v.IsValid():
		b.WriteString("nil")
	case v.Kind() == reflect.Pointer && v.IsNil():
		b.WriteString("nil")
	case v.Kind() == reflect.Pointer:
		b.WriteByte('&')
		write(b, v.Elem())
	case v.Kind() == reflect.Interface:
		write(b, v.Elem())
	case named(v) != "":
		b.WriteString(named(v))
	case v.Kind() == reflect.Struct:
		writeFields(b, v)
	case v.Kind() == reflect.Slice && v.Type().Elem().Kind() == reflect.Uint8:
		writeText(b, string(v.Bytes()))
	case v.Kind() == reflect.Slice, v.Kind() == reflect.Array:
		writeElements(b, v)
	case v.Kind() == reflect.String:
		writeText(b, v.String())
	default:
		fmt.Fprint(b, v.Interface())
	}
}

// named is what an id or a state calls itself.
func named(v reflect.Value) string {
	s, ok := v.Interface().(fmt.Stringer)
	if !ok || v.Kind() == reflect.Slice {
		return ""
	}
	if text := s.String(); text != "unknown" {
		return strings.TrimLeft(text, "0-")
	}
	return fmt.Sprintf("unknown(%d)", v.Uint())
}

func writeFields(b *strings.Builder, v reflect.Value) {
	b.WriteByte('{')
	first := true
	for i := range v.NumField() {
		f := v.Field(i)
		if f.IsZero() || f.Kind() == reflect.Slice && f.Len() == 0 {
			continue
		}
		if !first {
			b.WriteByte(' ')
		}
		first = false
		if !v.Type().Field(i).Anonymous {
			b.WriteString(v.Type().Field(i).Name + ":")
		}
		write(b, f)
	}
	b.WriteByte('}')
}

func writeElements(b *strings.Builder, v reflect.Value) {
	b.WriteByte('[')
	for i := range v.Len() {
		if i > 0 {
			b.WriteByte(' ')
		}
		write(b, v.Index(i))
	}
	b.WriteByte(']')
}

func writeText(b *strings.Builder, s string) {
	if len(s) <= maxShown {
		b.WriteString(strconv.Quote(s))
		return
	}
	fmt.Fprintf(b, "%q...(%d)", s[:maxShown], len(s))
}

package server

import (
	"encoding/base64"
	"encoding/json"
	"sort"
	"strconv"

	"google.golang.org/protobuf/proto"

	"github.com/chronik-stream/metalog/api/convert"
	"github.com/chronik-stream/metalog/metadata"
)

// Bounds of one page. A page ends early when its rows are this large, so that
// no answer outgrows convert.MaxResponse.
const (
	defaultPage  = 1000
	maxPage      = 10_000
	maxPageBytes = 8 << 20
)

// token is where a page ended. Its text is opaque to callers and may change
// from one version to the next.
type token struct {
	List     string `json:"l"` // which list it belongs to
	Revision uint64 `json:"r"` // of the page: the next one isn't read from an older state
	Key      string `json:"k"` // of the page's last row
}

func (t token) String() string {
	data, err := json.Marshal(t)
	if err != nil {
		return ""
	}
	return base64.RawURLEncoding.EncodeToString(data)
}

// parseToken takes only what String writes.
func parseToken(text, list string) (token, error) {
	var t token
	data, err := base64.RawURLEncoding.DecodeString(text)
	if err == nil {
		err = json.Unmarshal(data, &t)
	}
	if err != nil || t.List != list || t.String() != text {
		return token{}, convert.Invalid("page_token isn't one that this list gave: begin again without it")
	}
	return t, nil
}

// cursor walks one sorted list, a page a call.
type cursor[T any, P proto.Message] struct {
	list  string
	key   func(T) string
	after func(t T, key string) bool // t comes after the row that had key
	row   func(T) P

	from  token
	first bool // no page came before
	size  int
}

// named is a cursor over rows in the order of their names.
func named[T any, P proto.Message](list string, name func(T) string, row func(T) P) cursor[T, P] {
	return cursor[T, P]{
		list: list, key: name, row: row,
		after: func(t T, key string) bool { return name(t) > key },
	}
}

// numbered is a cursor over rows in the order of their numbers.
func numbered[T any, P proto.Message](list string, number func(T) int32, row func(T) P) cursor[T, P] {
	return cursor[T, P]{
		list: list,
		key:  func(t T) string { return strconv.Itoa(int(number(t))) },
		after: func(t T, key string) bool {
			n, err := strconv.ParseInt(key, 10, 32)
			return err == nil && int64(number(t)) > n
		},
		row: row,
	}
}

// open reads which page is wanted.
func (c *cursor[T, P]) open(req interface {
	GetPageSize() int32
	GetPageToken() string
},
) (err error) {
	if req.GetPageSize() < 0 {
		return convert.Invalid("page_size %d is negative: 0 leaves the choice to the server", req.GetPageSize())
	}
	c.size = min(int(req.GetPageSize()), maxPage)
	if c.size == 0 {
		c.size = defaultPage
	}
	if c.first = req.GetPageToken() == ""; c.first {
		return nil
	}
	c.from, err = parseToken(req.GetPageToken(), c.list)
	return err
}

// notBefore keeps the pages of one list in the order of history.
func (c *cursor[T, P]) notBefore() metadata.ReadOption { return metadata.MinRevision(c.from.Revision) }

// page cuts the page out of the whole list; next is empty on the last.
func (c *cursor[T, P]) page(r metadata.Read[[]T]) (rows []P, next string) {
	rest := r.Value
	if !c.first {
		rest = rest[sort.Search(len(rest), func(i int) bool { return c.after(rest[i], c.from.Key) }):]
	}
	size := 0
	for _, t := range rest[:min(len(rest), c.size)] {
		row := c.row(t)
		rows = append(rows, row)
		if size += proto.Size(row); size >= maxPageBytes {
			break
		}
	}
	if len(rows) < len(rest) {
		next = token{List: c.list, Revision: r.Revision, Key: c.key(rest[len(rows)-1])}.String()
	}
	return rows, next
}

package metadata

import (
	"math"
	"math/big"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

var (
	// decimalText is what a double may look like. Numbers are never floats
	// here (G2), so one with a range is compared as a fraction and is short,
	// as an exponent could ask for a number of any size.
	decimalText      = regexp.MustCompile(`^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$`)
	shortDecimalText = regexp.MustCompile(`^[+-]?(\d{1,18}(\.\d{0,18})?|\.\d{1,18})([eE][+-]?\d{1,2})?$`)
	listenerKey      = regexp.MustCompile(`^listener\.name\.[^.]+\.(.+)$`)
	throttledReplica = regexp.MustCompile(`^(\d+:\d+)?$`)

	configRules = indexConfigRules()
)

func indexConfigRules() map[string]*configRule {
	rules := make(map[string]*configRule, len(configSchema))
	for i := range configSchema {
		rules[configSchema[i].key] = &configSchema[i]
	}
	return rules
}

// opaqueRule is that of keys which begin with x.
var opaqueRule = &configRule{kind: typeString}

// ruleOf finds what key accepts on a resource of type t; nil: nothing does.
func ruleOf(t ResourceType, key string) *configRule {
	if strings.HasPrefix(key, "x.") {
		return opaqueRule
	}
	scope := scopeOf(t)
	if t == ResourceBroker {
		if m := listenerKey.FindStringSubmatch(key); m != nil {
			key, scope = listenerBase(m[1]), onListener
		}
	}
	rule := configRules[key]
	if rule == nil || rule.scope&scope == 0 {
		return nil
	}
	return rule
}

// listenerBase strips the mechanism from what only SASL has per mechanism:
// listener.name.NAME.MECHANISM.sasl.jaas.config.
func listenerBase(key string) string {
	const perMechanism = "sasl.jaas.config"
	if strings.HasSuffix(key, "."+perMechanism) {
		return perMechanism
	}
	return key
}

func scopeOf(t ResourceType) configScope {
	switch t {
	case ResourceTopic:
		return onTopic
	case ResourceGroup:
		return onGroup
	case ResourceBroker:
		return onBroker
	case ResourceCluster:
		return onCluster
	default:
		return 0
	}
}

// checkConfigs finds what a resource of type t may not hold together.
func checkConfigs(t ResourceType, cs Configs) *refusal {
	for _, c := range cs {
		if r := checkConfig(t, c); r != nil {
			return r
		}
	}
	for _, o := range configOrders {
		if r := o.check(cs); r != nil {
			return r
		}
	}
	return nil
}

func checkConfig(t ResourceType, c Config) *refusal {
	rule := ruleOf(t, c.Key)
	if rule == nil {
		return unknownConfig(t, c.Key)
	}
	if len(c.Value) > MaxString { // appending makes values grow past what one event may hold
		return refuse(CodeInvalidRequest, "config %s would take %d bytes, and at most %d are allowed: shorten it", quote(c.Key), len(c.Value), MaxString)
	}
	if want := rule.refuses(c.Value); want != "" {
		return refuse(CodeInvalidConfig, "config %s can't be %s: give %s", quote(c.Key), quote(c.Value), want)
	}
	return nil
}

func unknownConfig(t ResourceType, key string) *refusal {
	return refuse(CodeInvalidConfig, "a %s has no config %s: use one of Kafka's, or begin the key with x. to keep a string of your own", t, quote(key))
}

// refuses says what the rule wants instead of value; empty: value is fine.
// Numbers and booleans are read as Kafka reads them, blanks around them and the
// case of true aside.
func (r *configRule) refuses(value string) string {
	switch r.kind {
	case typeBool:
		if v := strings.ToLower(trimBlanks(value)); v != "true" && v != "false" {
			return "true or false"
		}
	case typeInt, typeLong:
		if v, ok := r.number(value); !ok || !r.inRange(v) {
			return r.wantNumber()
		}
	case typeDecimal:
		return r.refusesDecimal(trimBlanks(value))
	case typeString:
		if r.values != nil && !slices.Contains(r.values, value) {
			return "one of " + strings.Join(r.values, ", ")
		}
	case typeList:
		return r.refusesList(elements(value))
	}
	return ""
}

func (r *configRule) refusesList(list []string) string {
	illegal := func(v string) bool { return r.values != nil && !slices.Contains(r.values, v) }
	if slices.ContainsFunc(list, illegal) {
		return "a list of " + strings.Join(r.values, ", ")
	}
	illegal = func(v string) bool { return r.throttled && !throttledReplica.MatchString(v) }
	if slices.ContainsFunc(list, illegal) && strings.Join(list, "") != "*" {
		return "a list of PARTITION:BROKER, or * alone"
	}
	return ""
}

func (r *configRule) number(value string) (int64, bool) {
	bits := 64
	if r.kind == typeInt {
		bits = 32
	}
	v, err := strconv.ParseInt(trimBlanks(value), 10, bits)
	return v, err == nil
}

func (r *configRule) inRange(v int64) bool {
	if r.min == 0 && r.max == 0 {
		return true
	}
	return v >= r.min && v <= r.max || r.sentinel != 0 && v == r.sentinel
}

func (r *configRule) wantNumber() string {
	low, high := r.min, r.max
	switch {
	case low == 0 && high == 0 && r.kind == typeInt:
		low, high = math.MinInt32, math.MaxInt32
	case low == 0 && high == 0:
		low, high = math.MinInt64, math.MaxInt64
	}
	want := "a whole number from " + strconv.FormatInt(low, 10) + " to " + strconv.FormatInt(high, 10)
	if r.sentinel != 0 {
		want += ", or " + strconv.FormatInt(r.sentinel, 10)
	}
	return want
}

func (r *configRule) refusesDecimal(value string) string {
	if r.decimals == "" {
		if !decimalText.MatchString(value) {
			return "a decimal number"
		}
		return ""
	}
	low, high, _ := strings.Cut(r.decimals, " ")
	want := "a decimal number from " + low + " to " + high
	if !shortDecimalText.MatchString(value) {
		return want
	}
	if v := fraction(value); v.Cmp(fraction(low)) < 0 || v.Cmp(fraction(high)) > 0 {
		return want
	}
	return ""
}

func fraction(decimal string) *big.Rat {
	r, ok := new(big.Rat).SetString(decimal)
	if !ok {
		return new(big.Rat)
	}
	return r
}

func (o configOrder) check(cs Configs) *refusal {
	low, lowSet := o.value(cs, o.low, o.lowDefault)
	high, highSet := o.value(cs, o.high, o.highDefault)
	if !lowSet && !highSet || low < high || low == high && !o.strict {
		return nil
	}
	relation := "above"
	if o.strict {
		relation = "equal to or above"
	}
	return refuse(CodeInvalidConfig, "config %s (%d) can't be %s %s (%d): change one of them", o.low, low, relation, o.high, high)
}

// value is called on settings that their own rules accept.
func (o configOrder) value(cs Configs, key string, fallback int64) (v int64, set bool) {
	text, ok := cs.Get(key)
	if !ok {
		return fallback, false
	}
	v, err := strconv.ParseInt(trimBlanks(text), 10, 64)
	return v, err == nil
}

// elements takes a list value apart as Kafka does to check it: blanks around an
// element don't count, an element without anything else does.
func elements(value string) []string {
	value = trimBlanks(value)
	if value == "" {
		return nil
	}
	list := strings.Split(value, ",")
	for i := range list {
		list[i] = trimBlanks(list[i])
	}
	return list
}

// splitList is the elements that there is something in, which appending and
// subtracting work on.
func splitList(value string) []string {
	return slices.DeleteFunc(elements(value), func(v string) bool { return v == "" })
}

// trimBlanks takes off what Java's trim does: all up to the space. What Unicode
// calls a blank differs between its versions.
func trimBlanks(s string) string {
	return strings.TrimFunc(s, func(r rune) bool { return r <= ' ' })
}

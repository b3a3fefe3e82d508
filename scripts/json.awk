# SPDX-License-Identifier: GPL-2.0-or-later
# json.awk: one JSON value per input line, printed as "path<TAB>value" lines (strings unescaped only for \" and \\); exit 1 at the first line
# that is not JSON. Objects print "path<TAB>{}" first, arrays "path<TAB>[]", so that empty ones show too.
#   prog --describe | awk -f scripts/json.awk

function bad(what)
{
	printf "json:%d: %s near \"%.30s\"\n", NR, what, rest > "/dev/stderr"
	failed = 1
	exit 1
}

function blank()
{
	sub(/^[ \t\r]+/, "", rest)
}

function string(	s)
{
	if (!match(rest, /^"([^"\\]|\\.)*"/))
		bad("string expected")
	s = substr(rest, 2, RLENGTH - 2)
	rest = substr(rest, RLENGTH + 1)
	if (s ~ /[\001-\037]/)
		bad("control character in a string")
	gsub(/\\"/, "\"", s)
	gsub(/\\\\/, "\\", s)
	return s
}

function value(path,	key, i)
{
	blank()
	if (rest ~ /^\{/) {
		print path "\t{}"
		rest = substr(rest, 2)
		blank()
		if (sub(/^\}/, "", rest))
			return
		do {
			blank()
			key = string()
			blank()
			if (!sub(/^:/, "", rest))
				bad("':' expected")
			value(path "." key)
			blank()
		} while (sub(/^,/, "", rest))
		if (!sub(/^\}/, "", rest))
			bad("'}' expected")
	} else if (rest ~ /^\[/) {
		print path "\t[]"
		rest = substr(rest, 2)
		blank()
		if (sub(/^\]/, "", rest))
			return
		i = 0
		do {
			value(path "[" i++ "]")
			blank()
		} while (sub(/^,/, "", rest))
		if (!sub(/^\]/, "", rest))
			bad("']' expected")
	} else if (rest ~ /^"/) {
		print path "\t" string()
	} else if (match(rest, /^(true|false|null|-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?)/)) {
		print path "\t" substr(rest, 1, RLENGTH)
		rest = substr(rest, RLENGTH + 1)
	} else {
		bad("value expected")
	}
}

{
	rest = $0
	value("")
	blank()
	if (rest != "")
		bad("junk after the value")
}

END {
	exit failed
}

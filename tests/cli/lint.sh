# SPDX-License-Identifier: GPL-2.0-or-later
# Each rule of scripts/lint finds its offence in a small tree, and nothing in the same tree without it.
# needs: cc
# timeout: 120
spdx='/* SPDX-License-Identifier: GPL-2.0-or-later */'
export BUILD=build

# object FILE...: (re)build objects of the small tree
object()
{
	local file

	for file; do
		mkdir -p "build/$(dirname "$file")"
		"${CC:-cc}" -Ilib -c -o "build/${file%.c}.o" "$file" 2>cc.log || fail "$(cat cc.log)"
	done
}

# describe JSON: what --describe of the benchmark prints
describe()
{
	printf '#!/bin/sh\ncat <<"END"\n%s\nEND\n' "$1" >build/bench/page-fault
	chmod +x build/bench/page-fault
}

good='{"name":"page-fault","summary":"s","paths":["f"],"origin":{"suite":"a","test":"b","note":"c"},"params":[{"name":"len","default":"2M",
"help":"h"}],"metrics":[{"name":"fault_ns","unit":"ns","better":"lower","source":"timed","help":"one fault"}],"needs":{}}'
good=${good//$'\n'/}

# tree: the small tree, without any offence
tree()
{
	rm -rf tree
	mkdir -p tree/{lib/{base,system,harness},bench,compare/lib,plots,scripts,build}
	cd tree || exit 1
	printf '%s\n%s\n%s\n' "$spdx" '/** hf_num_get() - a number */' 'int hf_num_get(void);' >lib/base/num.h
	printf '%s\n%s\n%s\n' "$spdx" '#include "base/num.h"' 'int hf_num_get(void) { return 1; }' >lib/base/num.c
	printf '%s\n%s\n' "$spdx" '#include "base/num.h" /* assert(0), sleep(1) */' >lib/system/page.c
	printf '%s\n%s\n' "$spdx" '#include "base/num.h"' >lib/hugefault.h
	printf '%s\n%s\n%s\n' "$spdx" '#include "hugefault.h"' 'int hf_bench = 1;' >bench/page-fault.c
	echo '- `page-fault`: a fault' >README.md
	printf '# %s\n' "$spdx" >plots/a.gp
	echo 'how to read it' >plots/a.md
	printf '#!/bin/sh\n# %s\necho "$1"\n' "$spdx" >scripts/run.sh
	object lib/base/num.c lib/system/page.c bench/page-fault.c
	describe "$good"
}

# offends RULE FILE PATTERN: lint, just that rule and as a whole, reports FILE with text that matches PATTERN
offends()
{
	"$TOP/scripts/lint" -C . "$1" >out 2>&1
	[ $? -eq 1 ] || fail "rule $1 did not fail: $3"$'\n'"$(cat out)"
	grep -q "^$2:[0-9:]* $1: .*$3" out || fail "rule $1 did not report '$3' of $2:"$'\n'"$(cat out)"
	"$TOP/scripts/lint" -C . >out 2>&1 && fail "lint as a whole passes: $1, $3"
	cd .. || exit 1
}

tree
"$TOP/scripts/lint" -C . >../clean 2>&1 || fail "the tree without offence: $(cat ../clean)"
grep -q '^lint: 1[0-9] rules checked, [01] not checked, 0 findings$' ../clean || fail "$(cat ../clean)"
[ "$(grep -c 'not checked:' ../clean)" -le 1 ] || fail "$(cat ../clean)"
cd ..

tree && echo '#include "system/page.h"' >>lib/base/num.c && offends layers lib/base/num.c system/page.h
tree && echo '#include "base/num.h"' >>bench/page-fault.c && offends layers bench/page-fault.c base/num.h
tree && printf '%s\n%s\n' "$spdx" '#include "system/pool.h"' >compare/gate.c && offends layers compare/gate.c system/pool.h

laws()
{
	mkdir -p tests/cli
	printf '%s\n\tHF_LAW_A,\n\tHF_LAWS,\n' "$spdx" >lib/harness/law.h
	printf '%s\n\t[HF_LAW_A] = "a",\n' "$spdx" >lib/harness/law.c
	printf '# %s\ncaught a shim\n' "$spdx" >tests/cli/stress-laws.sh
}
tree && laws && sed -i 's/caught a/caught b/' tests/cli/stress-laws.sh && offends laws tests/cli/stress-laws.sh 'nothing here breaks law a'
tree && laws && sed -i '/HF_LAW_A/s/$/ HF_LAW_B,/; /HF_LAW_A/p' lib/harness/law.h && offends laws lib/harness/law.c 'not every law has a name'

tree && echo '#include <hwloc.h>' >>lib/base/num.h && offends wrappers lib/base/num.h hwloc
tree && echo '#include <urcu-qsbr.h>' | tee -a lib/base/num.c >>lib/system/page.c && offends wrappers lib/system/page.c 'a wrapper already'
tree && echo '#include <gsl/gsl_math.h>' >>lib/base/num.c && offends wrappers lib/base/num.c gsl

tree && echo 'int other;' >>lib/base/num.c && object lib/base/num.c && offends symbols lib/base/num.c other
tree && echo 'int hf_number;' >>lib/base/num.c && object lib/base/num.c && offends symbols lib/base/num.c hf_number
tree && echo 'void body(void) {}' >>bench/page-fault.c && object bench/page-fault.c && offends symbols bench/page-fault.c body

tree && sed -i 1d lib/base/num.c && offends licence lib/base/num.c SPDX
tree && sed -i 2d scripts/run.sh && offends licence scripts/run.sh SPDX

tree && mv bench/page-fault.c bench/fault1.c && offends names bench/fault1.c object-event

tree && describe "${good/\"unit\":\"ns\",/}" && offends descriptors bench/page-fault.c 'no metrics\[0\].unit'
tree && describe "${good/\"unit\":\"ns\"/\"unit\":\"usec\"}" && offends descriptors bench/page-fault.c '"usec" is not one of'
tree && describe "${good/\"better\":\"lower\"/\"better\":\"less\"}" && offends descriptors bench/page-fault.c 'better is not'
tree && describe "${good/\"help\":\"h\"/\"help\":\"\"}" && offends descriptors bench/page-fault.c 'no params\[0\].help'
tree && describe "${good/\"name\":\"page-fault\"/\"name\":\"other\"}" && offends descriptors bench/page-fault.c 'called other'
tree && describe "${good/\"needs\":{\}/\"need\":{\}}" && offends descriptors bench/page-fault.c 'no needs'
tree && describe "${good/\[\"f\"\]/[]}" && offends descriptors bench/page-fault.c 'no paths'
tree && describe "${good%\}}" && offends descriptors bench/page-fault.c 'not JSON'

tree && echo '/* TODO: all of it */' >>lib/system/page.c && offends todo lib/system/page.c 'all of it'

tree && echo 'void f(int a) { assert(a++ == 1); }' >>lib/system/page.c && offends calls lib/system/page.c 'assert()'
tree && echo 'int f(char *s) { return atoi(s); }' >>bench/page-fault.c && offends calls bench/page-fault.c atoi
tree && echo 'void f(void) { usleep(1); }' >>bench/page-fault.c && offends sleep bench/page-fault.c sleeps

tree && yes '/* long */' | head -n 1000 >>lib/system/page.c && offends length lib/system/page.c 1,000
tree && rm plots/a.md && offends figures plots/a.gp a.md
tree && echo 'int hf_num_set(int v);' >>lib/base/num.h && offends docs lib/base/num.h hf_num_set
tree && : >README.md && offends catalogue bench/page-fault.c README
if command -v shellcheck >/dev/null; then
	tree && echo 'echo $undefined_name' >>scripts/run.sh && offends shellcheck scripts/run.sh SC
fi

# SPDX-License-Identifier: GPL-2.0-or-later
# Cost of splits that succeed, fail early and fail late. Called with data, out and term; see style.gp.
here = ARG0[1:strlen(ARG0) - strlen("splitcost.gp")]
set datafile separator "\t"
longest = 0
lo = 1e300
hi = 0
smaller(a, b) = a < b ? a : b
larger(a, b) = a > b ? a : b
stats data using (longest = larger(strlen(strcol(2)), longest), lo = smaller($4, lo), hi = larger(larger($4, $5), hi), $1) nooutput name "all"
labels = 30 + 7.8 * longest
blocks = int(all_blocks)
rows = int(all_max)

array metric[blocks]
do for [i = 0:blocks - 1] {
	name = ""
	stats data index i every ::0::0 using (name = strcol(3), $1) nooutput name "one"
	metric[i + 1] = name
}

W = 640 + labels
H = 130 + 22 * rows
load here."style.gp"

set logscale x 10
eval time_tics
if (hi < lo * 100) { eval time_tics_fine }
set mxtics 10
set xlabel "time of the call (log scale)"
set yrange [rows + 0.7 : 0.3]
set ytics noenhanced scale 0
set offsets graph 0.05, graph 0.05, 0, 0
set autoscale xfix
set key at screen 0.99, screen 1 - 8.0 / H right top horizontal samplen 2 width 2
set tmargin at screen 1 - 44.0 / H
set bmargin at screen 62.0 / H
set lmargin at screen labels / W
set rmargin at screen 1 - 30.0 / W

# A metric has its symbol whatever others there are.
kind(name) = name eq "split_ns" ? 1 : name eq "early_ns" ? 3 : 7
said(name) = name eq "split_ns" ? "the folio is split" : name eq "early_ns" ? "failed early" : "failed late"
plot for [i = 0:blocks - 1] data index i using 5:1:6:7 with xerrorbars lt kind(metric[i + 1]) dt 1 lw 1 title said(metric[i + 1]), \
     for [i = 0:blocks - 1] data index i using 4:1 with points pt 1 ps 0.8 lc rgb "#000000" title (i ? "" : "p50"), \
     for [i = 0:blocks - 1] data index i using 4:1:yticlabels(2) with points ps 0 notitle

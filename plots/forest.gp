# SPDX-License-Identifier: GPL-2.0-or-later
# Change of every metric with its interval. Called with data, out and term; see style.gp.
here = ARG0[1:strlen(ARG0) - strlen("forest.gp")]
set datafile separator "\t"
set datafile missing "NaN"
longest = 0
far = 0
smaller(a, b) = a < b ? a : b
larger(a, b) = a > b ? a : b
stats data using (longest = larger(strlen(strcol(2)), longest), far = larger(larger(abs($5), abs($6)), larger($7, far)), $4) nooutput name "row"
rows = int(row_records)
blocks = int(row_blocks)
far = smaller(far, 100) * 1.08
labels = 30 + 7.8 * longest
W = 640 + labels
H = 130 + 24 * rows
load here."style.gp"

array title[blocks]
do for [i = 1:blocks] {
	verdict = ""
	stats data index (i - 1) every ::0::0 using (verdict = strcol(3), $4) nooutput name "one"
	title[i] = verdict
}
# A verdict has its colour whatever others there are.
colour(v) = v eq "REGRESSION" ? "#d55e00" : v eq "IMPROVEMENT" ? "#009e73" : v eq "NO CHANGE" ? "#0072b2" : "#8c8c8c"
symbol(v) = v eq "REGRESSION" ? 9 : v eq "IMPROVEMENT" ? 11 : v eq "NO CHANGE" ? 7 : 6

set xlabel "change, NEW against BASE (%)"
set xrange [-far : far]
set yrange [rows + 0.7 : 0.3]
set ytics noenhanced scale 0
set key at screen 0.99, screen 1 - 8.0 / H right top horizontal samplen 2 width 2
set tmargin at screen 1 - 44.0 / H
set bmargin at screen 62.0 / H
set lmargin at screen labels / W
set rmargin at screen 1 - 30.0 / W
set arrow from 0, graph 0 to 0, graph 1 nohead lc rgb "#444444" lw 0.8 back

plot data using (-$7):1:(2 * $7):(0) with vectors nohead lw 12 lc rgb "#e6e6e6" title "limit", \
     '' using (-$8):1:(2 * $8):(0) with vectors heads size screen 0.004, 90 dt 1 lw 0.8 lc rgb "#999999" title "would be found", \
     for [i = 1:blocks] data index (i - 1) using 4:1:5:6 with xerrorbars lc rgb colour(title[i]) dt 1 lw 1.4 pt symbol(title[i]) ps 0.9 title title[i], \
     data using 4:1:yticlabels(2) with points pt 0 lc rgb "#444444" notitle

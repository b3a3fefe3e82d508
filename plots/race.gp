# SPDX-License-Identifier: GPL-2.0-or-later
# Winner, loser, waiting time and skew of every race. Called with data, out and term; see style.gp.
here = ARG0[1:strlen(ARG0) - strlen("race.gp")]
set datafile separator "\t"
longest = 0
lo = 1e300
hi = 0
smaller(a, b) = a < b ? a : b
larger(a, b) = a > b ? a : b
stats data using (longest = larger(strlen(strcol(2)), longest), lo = smaller(valid(4) ? $4 : 1, lo), hi = larger(valid(8) ? $8 : 1, hi), $1) nooutput name "all"
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
H = 120 + rows * 26 * (blocks > 2 ? blocks : 2)
load here."style.gp"

set logscale x 10
eval time_tics
if (hi < (lo < 1 ? 1 : lo) * 100) { eval time_tics_fine }
set mxtics 10
set xlabel "time (log scale)"
set yrange [rows + 0.5 : 0.5]
set ytics noenhanced scale 0
unset grid
set grid xtics lt 1 lc rgb "#dddddd" lw 0.6
do for [r = 1:rows - 1] {
	set arrow from graph 0, first r + 0.5 to graph 1, first r + 0.5 nohead lc rgb "#bbbbbb" lw 0.6
}
set autoscale xfix
set offsets graph 0.05, graph 0.05, 0, 0
set key at screen 0.99, screen 1 - 8.0 / H right top horizontal samplen 2 width 2 maxrows 2
set tmargin at screen 1 - 56.0 / H
set bmargin at screen 58.0 / H
set lmargin at screen labels / W
set rmargin at screen 1 - 30.0 / W

place(row, i) = row + (i - (blocks - 1) / 2.0) * 0.8 / blocks
# What is below the axis stands at its end.
at(x) = x < 1 ? 1 : x
# The thick bar is p50 to p99, the symbol p50, the cross p90, the thin line the fastest to the slowest.
plot for [i = 0:blocks - 1] data index i using (at($4)):(place($1, i)):(at($8) - at($4)):(0) with vectors nohead lt i + 1 dt 1 lw 0.7 notitle, \
     for [i = 0:blocks - 1] data index i using (at($5)):(place($1, i)):(at($7) - at($5)):(0) with vectors nohead lt i + 1 dt 1 lw 4 notitle, \
     for [i = 0:blocks - 1] data index i using (at($5)):(place($1, i)) with points lt i + 1 ps 1.1 title metric[i + 1], \
     for [i = 0:blocks - 1] data index i using (at($6)):(place($1, i)) with points pt 2 ps 0.7 lc rgb "#000000" title (i ? "" : "p90"), \
     data index 0 using (at($4)):1:yticlabels(2) with points ps 0 notitle

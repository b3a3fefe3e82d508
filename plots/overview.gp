# SPDX-License-Identifier: GPL-2.0-or-later
# Every timed metric of every benchmark at its default point. Called with data, out and term; see style.gp.
here = ARG0[1:strlen(ARG0) - strlen("overview.gp")]
set datafile separator "\t"
longest = 0
lo = 1e300
hi = 0
smaller(a, b) = a < b ? a : b
larger(a, b) = a > b ? a : b
stats data using (longest = larger(strlen(strcol(1)), longest), lo = smaller($2, lo), hi = larger(valid(6) ? $6 : $2, hi), $2) nooutput name "row"
labels = 30 + 7.8 * longest
W = 640 + labels
H = 130 + 24 * row_records
load here."style.gp"

set logscale x 10
eval time_tics
if (hi < lo * 100) { eval time_tics_fine }
set mxtics 10
set xlabel "time per operation (log scale)"
set yrange [row_records - 0.3 : -0.7]
set ytics noenhanced scale 0
set offsets graph 0.05, graph 0.05, 0, 0
set autoscale xfix
set key at screen 0.99, screen 1 - 8.0 / H right top horizontal samplen 2 width 2
set tmargin at screen 1 - 44.0 / H
set bmargin at screen 62.0 / H
set lmargin at screen labels / W
set rmargin at screen 1 - 30.0 / W

# What is below the axis stands at its end.
at(x) = x < 1 ? 1 : x
plot data using (at($5)):0:(at($6) - at($5)):(0) with vectors nohead lw 3 lc rgb "#bbbbbb" title "p50 to p99", \
     '' using (at($6)):0 with points pt 10 ps 0.8 lc rgb "#d55e00" title "p99", \
     '' using (at($2)):0:(at($3)):(at($4)) with xerrorbars lt 1 dt 1 pt 7 ps 0.8 title "trimmed mean, 95 % interval", \
     '' using (at($2)):0:yticlabels(1) with points lt 1 pt 7 ps 0.8 notitle, \
     '' using (at($5)):0 with points pt 1 ps 1.1 lc rgb "#000000" title "p50"

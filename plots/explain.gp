# SPDX-License-Identifier: GPL-2.0-or-later
# Functions whose instructions, or time, changed, a bar each. Called with data, out and term; see style.gp.
here = ARG0[1:strlen(ARG0) - strlen("explain.gp")]
set datafile separator "\t"
longest = 0
larger(a, b) = a > b ? a : b
least = 0
smaller(a, b) = a < b ? a : b
stats data using (longest = larger(strlen(strcol(3)), longest), least = smaller(least, $2), $1) every ::1 nooutput name "row"
rows = int(row_max)
labels = 30 + 7.8 * longest
W = 640 + labels
H = 100 + 22 * rows
load here."style.gp"

set xlabel "more (+) or less (-) in an operation, in percent of what it took before"
set yrange [rows + 0.7 : 0]
set ytics noenhanced scale 0
unset key
set tmargin at screen 1 - 14.0 / H
set bmargin at screen 62.0 / H
set lmargin at screen labels / W
set rmargin at screen 1 - 90.0 / W
set arrow from 0, graph 0 to 0, graph 1 nohead lc rgb "#444444" lw 0.8 back
count(d) = abs(d) < 100 ? sprintf("%+.1f", d) : sprintf("%+.0f", d)

plot data every ::1 using (0):1:(0):2:($1 - 0.35):($1 + 0.35):($2 > 0 ? 0xd55e00 : 0x009e73):yticlabels(3) with boxxyerror fs solid 0.8 noborder lc rgb variable notitle, \
     '' every ::1 using (larger($2, 0)):1:(count($6)) with labels left offset 0.6, 0 font ",10" noenhanced notitle, \
     '' every ::1 using (least):($1 - 0.95):7 with labels left offset 0.6, 0 font ",11" noenhanced notitle

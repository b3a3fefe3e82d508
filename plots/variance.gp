# SPDX-License-Identifier: GPL-2.0-or-later
# Where the noise of a boot's value comes from, a bar for each metric. Called with data, out and term; see style.gp.
here = ARG0[1:strlen(ARG0) - strlen("variance.gp")]
set datafile separator "\t"
longest = 0
far = 0
larger(a, b) = a > b ? a : b
stats data using (longest = larger(strlen(strcol(2)), longest), far = larger($3, far), $1) nooutput name "row"
rows = int(row_records)
labels = 30 + 7.8 * longest
W = 560 + labels
H = 130 + 24 * rows
load here."style.gp"

# The bar is as long as the noise; its parts have the shares of its variance.
set xlabel "standard deviation of a boot's value (%), parted by shares of the variance"
set xrange [0 : far > 0 ? far * 1.05 : 1]
set yrange [rows + 0.7 : 0.3]
set ytics noenhanced scale 0
set key at screen 0.99, screen 1 - 8.0 / H right top horizontal samplen 1 width 2
set tmargin at screen 1 - 44.0 / H
set bmargin at screen 62.0 / H
set lmargin at screen labels / W
set rmargin at screen 1 - 30.0 / W
set style fill solid 0.9 noborder
h = 0.35
plot data using (0):1:(0):($3 * $4 / 100):($1 - h):($1 + h):yticlabels(2) with boxxyerror lc rgb "#0072b2" title "boot", \
     '' using (0):1:($3 * $4 / 100):($3 * ($4 + $5) / 100):($1 - h):($1 + h) with boxxyerror lc rgb "#e69f00" title "process", \
     '' using (0):1:($3 * ($4 + $5) / 100):3:($1 - h):($1 + h) with boxxyerror lc rgb "#009e73" title "iteration"

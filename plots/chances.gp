# SPDX-License-Identifier: GPL-2.0-or-later
# P values of a comparison against those of chance. Called with data, out and term; see style.gp.
here = ARG0[1:strlen(ARG0) - strlen("chances.gp")]
W = 620
H = 560
load here."style.gp"

least = 0.5
smaller(a, b) = a < b ? a : b
stats data using (least = smaller(smaller($1, $2 > 0 ? $2 : least), least), $1) nooutput name "row"
least = least > 1e-12 ? least / 2 : 1e-12
set logscale xy 10
set format xy "%g"
set xrange [least : 1]
set yrange [least : 1]
set xlabel "p by chance alone (log scale)"
set ylabel "p of \"slower\" (log scale)"
set key top left Left reverse
plot x with lines lc rgb "#444444" dt 3 lw 1 title "chance", \
     data using 1:($2 > least ? $2 : least) with points lt 1 pt 7 ps 0.7 title "metrics"

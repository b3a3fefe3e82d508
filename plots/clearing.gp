# SPDX-License-Identifier: GPL-2.0-or-later
# Throughput of every clearing path, beside how fast user space can zero memory. Called with data, out and term; see style.gp.
here = ARG0[1:strlen(ARG0) - strlen("clearing.gp")]
set datafile separator "\t"
longest = 0
stats data using (longest = strlen(strcol(2)) > longest ? strlen(strcol(2)) : longest, $4) nooutput name "all"
labels = 30 + 7.8 * longest

W = 640 + labels
H = 170 + 24 * all_records
load here."style.gp"

set xrange [0:*]
set xlabel "throughput of a task (GB/s)"
set yrange [all_records + 0.7 : 0.3]
set ytics noenhanced scale 0
set key at screen 0.99, screen 1 - 8.0 / H right top vertical samplen 2 width 2
set tmargin at screen 1 - 84.0 / H
set bmargin at screen 58.0 / H
set lmargin at screen labels / W
set rmargin at screen 1 - 30.0 / W

kind(s, name, x) = s eq name ? x : NaN
plot data using ($4 / 2e9):1:($4 / 2e9):(0.32):yticlabels(2) with boxxyerror fs solid 0.35 noborder lc rgb "#999999" notitle, \
     '' using ($4 / 1e9):1:($5 / 1e9):($6 / 1e9) with xerrorbars pt 0 lc rgb "#000000" dt 1 lw 0.9 title "95 % interval", \
     '' using (kind(strcol(3), "clear_Bps", $4) / 1e9):1 with points lt 1 pt 7 title "kernel clears", \
     '' using (kind(strcol(3), "zero_Bps", $4) / 1e9):1 with points lt 7 pt 9 title "user space zeroes", \
     '' using ($7 / 1e9):1 with points lt 7 pt 8 ps 1.2 lw 1.5 title "user space zeroes the same page"

# SPDX-License-Identifier: GPL-2.0-or-later
# How attempts to take a memory block offline ended: a stacked bar for each point. Called with data, out and term; see style.gp.
here = ARG0[1:strlen(ARG0) - strlen("outcome.gp")]
set datafile separator "\t"
longest = 0
stats data using (longest = strlen(strcol(1)) > longest ? strlen(strcol(1)) : longest, $2) nooutput name "all"
rows = int(all_records)
left = 40 + 7.6 * longest
W = left + 760
H = 140 + 30 * rows
load here."style.gp"

set lmargin at screen left / W
set rmargin at screen 1 - 250.0 / W
set tmargin at screen 1 - 70.0 / H
set bmargin at screen 60.0 / H
set xrange [0:1]
set yrange [rows - 0.4 : -0.6]
set xlabel "share of attempts"
set xtics 0.25
unset ytics
set grid noytics
set key at screen left / W, screen 1 - 8.0 / H top left Left reverse horizontal maxrows 2 samplen 1.5
set style fill solid 0.9 border lc rgb "#ffffff"
show(ns) = ns < 1e3 ? sprintf("%.3g ns", ns) : ns < 1e6 ? sprintf("%.3g us", ns / 1e3) : ns < 1e9 ? sprintf("%.3g ms", ns / 1e6) : sprintf("%.3g s", ns / 1e9)
num(c) = valid(c) ? column(c) : -1
took(n) = (num(9) >= 0 ? "offline ".show(num(9)) : "").(num(9) >= 0 && num(10) >= 0 ? ", " : "").(num(10) >= 0 ? "refused ".show(num(10)) : "")

plot data using (0):0:(0):2:($0 - 0.35):($0 + 0.35) with boxxyerror lc rgb "#009e73" dt 1 title "offline", \
     data using 2:0:2:($2 + $3):($0 - 0.35):($0 + 0.35) with boxxyerror lc rgb "#d55e00" dt 1 title "EBUSY", \
     data using ($2 + $3):0:($2 + $3):($2 + $3 + $4):($0 - 0.35):($0 + 0.35) with boxxyerror lc rgb "#e69f00" dt 1 title "EINTR (time is up)", \
     data using ($2 + $3 + $4):0:($2 + $3 + $4):($2 + $3 + $4 + $5):($0 - 0.35):($0 + 0.35) with boxxyerror lc rgb "#8c8c8c" dt 1 title "other error", \
     data using 2:0:6:7:($0):($0) with xyerrorbars lc rgb "#000000" dt 1 pt 0 lw 1.2 title "95 % of offline", \
     data using (0):0:1 with labels right offset -1,0 noenhanced notitle, \
     data using (1):0:(took(0)) with labels left offset 1,0 noenhanced notitle

# SPDX-License-Identifier: GPL-2.0-or-later
# Success of splits against the share of folios that are pinned. Called with data, out and term; see style.gp.
here = ARG0[1:strlen(ARG0) - strlen("splitshare.gp")]
set datafile separator "\t"
longest = 0
stats data using (longest = strlen(strcol(2)) > longest ? strlen(strcol(2)) : longest, $3) nooutput name "all"
legend = 80 + 8.4 * (longest > 24 ? longest : 24)
blocks = int(all_blocks)

array curve[blocks]
do for [i = 0:blocks - 1] {
	name = ""
	stats data index i every ::0::0 using (name = strcol(2), $3) nooutput name "one"
	curve[i + 1] = name
}

W = 660 + legend
H = 400
load here."style.gp"

set xlabel "folios that are pinned (%)"
set ylabel "share of tries that split the folio"
set xrange [-3:103]
set yrange [-0.02:1.05]
set key at screen 1 - legend / W, screen 1 - 30.0 / H top left Left reverse vertical samplen 3 spacing 1.2
set lmargin at screen 80.0 / W
set rmargin at screen 1 - (legend + 10) / W
plot 1 - x / 100 with lines lc rgb "#444444" dt 3 lw 0.8 title "all but the pinned", \
     for [i = 0:blocks - 1] data index i using 3:4:5:6 with yerrorbars lt i + 1 dt 1 pt 0 lw 0.8 notitle, \
     for [i = 0:blocks - 1] data index i using 3:4 smooth unique with linespoints lt i + 1 dt 1 lw 1.4 title curve[i + 1]

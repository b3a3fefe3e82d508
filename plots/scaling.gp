# SPDX-License-Identifier: GPL-2.0-or-later
# Throughput against number of tasks: a panel for each benchmark and metric. Called with data, out and term; see style.gp.
here = ARG0[1:strlen(ARG0) - strlen("scaling.gp")]
set datafile separator "\t"
longest = 0
stats data using (longest = strlen(strcol(2)) > longest ? strlen(strcol(2)) : longest, $3) nooutput name "all"
longest = longest > 29 ? longest : 29 # the ideal's title
legend = 80 + 8.4 * longest
blocks = int(all_blocks)

array first[blocks + 1]
array title[blocks]
array curve[blocks]
array high[blocks]
array ideal[blocks]
panels = 0
do for [i = 0:blocks - 1] {
	panel = ""
	name = ""
	stats data index i every ::0::0 using (panel = strcol(1), name = strcol(2), $3) nooutput name "one"
	curve[i + 1] = name
	stats data index i using 4 nooutput name "one"
	high[i + 1] = one_max
	stats data index i using 7 nooutput name "one"
	ideal[i + 1] = one_max
	if (panels == 0 || title[panels] ne panel) {
		panels = panels + 1
		title[panels] = panel
		first[panels] = i
	}
}
first[panels + 1] = blocks

panel_h = 380
W = 620 + legend
H = panels * panel_h
load here."style.gp"

set multiplot
set logscale x 2
set xrange [all_min / 1.15 : all_max * 1.15]
set xlabel "tasks (log scale)"
set ylabel "throughput (GB/s)"
set xtics 2
set mxtics 1
do for [p = 1:panels] {
	top = 1 - 1.0 * (p - 1) / panels
	set lmargin at screen 80.0 / W
	set rmargin at screen 1 - (legend + 10) / W
	set tmargin at screen top - 36.0 / H
	set bmargin at screen top - (panel_h - 76.0) / H
	set key at screen 1 - legend / W, screen top - 36.0 / H top left Left reverse vertical samplen 3 spacing 1.2
	set title title[p]
	hi = 0
	do for [i = first[p] + 1:first[p + 1]] {
		hi = high[i] > hi ? high[i] : hi
		hi = ideal[i] > hi ? ideal[i] : hi
	}
	set yrange [0 : hi * 1.1 / 1e9]
	plot for [i = first[p]:first[p + 1] - 1] data index i using 3:($7 / 1e9) with lines lt (i - first[p] + 1) dt 3 lw 0.8 notitle, \
	     for [i = first[p]:first[p + 1] - 1] data index i using 3:($4 / 1e9):($5 / 1e9):($6 / 1e9) with yerrorbars \
	     	lt (i - first[p] + 1) dt 1 pt 0 lw 0.9 notitle, \
	     for [i = first[p]:first[p + 1] - 1] data index i using 3:($4 / 1e9) with linespoints lt (i - first[p] + 1) dt 1 lw 1.5 title curve[i + 1], \
	     NaN with lines lc rgb "#444444" dt 3 lw 0.8 title "ideal: one task's, times tasks"
}
unset multiplot

# SPDX-License-Identifier: GPL-2.0-or-later
# Shares against what a scan has varied: a panel for each benchmark and metric, a curve for each point. Called with data, out and term; see style.gp.
here = ARG0[1:strlen(ARG0) - strlen("curve.gp")]
set datafile separator "\t"
longest = 0
stats data using (longest = strlen(strcol(2)) > longest ? strlen(strcol(2)) : longest, $3) nooutput name "all"
legend = 80 + 8.4 * longest
blocks = int(all_blocks)

array first[blocks + 1]
array title[blocks]
array curve[blocks]
panels = 0
do for [i = 0:blocks - 1] {
	panel = ""
	name = ""
	stats data index i every ::0::0 using (panel = strcol(1), name = strcol(2), $3) nooutput name "one"
	curve[i + 1] = name
	if (panels == 0 || title[panels] ne panel) {
		panels = panels + 1
		title[panels] = panel
		first[panels] = i
	}
}
first[panels + 1] = blocks

panel_h = 360
W = 660 + legend
H = panels * panel_h
load here."style.gp"

set multiplot
set xlabel "delay of task 1 (us)"
set ylabel "share of rounds"
set yrange [0:1.02]
set xrange [all_min / 1e3 : all_max / 1e3]
do for [p = 1:panels] {
	top = 1 - 1.0 * (p - 1) / panels
	set lmargin at screen 80.0 / W
	set rmargin at screen 1 - (legend + 10) / W
	set tmargin at screen top - 36.0 / H
	set bmargin at screen top - (panel_h - 66.0) / H
	set key at screen 1 - legend / W, screen top - 36.0 / H top left Left reverse vertical samplen 3 spacing 1.2
	set title title[p]
	plot for [i = first[p]:first[p + 1] - 1] data index i using ($3 / 1e3):4:5:6 with yerrorbars lt (i - first[p] + 1) dt 1 pt 0 lw 0.6 notitle, \
	     for [i = first[p]:first[p + 1] - 1] data index i using ($3 / 1e3):4 smooth unique with linespoints lt (i - first[p] + 1) dt 1 lw 1.4 ps 0.4 title curve[i + 1]
}
unset multiplot

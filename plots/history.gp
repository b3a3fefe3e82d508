# SPDX-License-Identifier: GPL-2.0-or-later
# Boot values over the history of a machine, with the levels between steps; a panel for each metric. Called with data, out and term; see style.gp.
here = ARG0[1:strlen(ARG0) - strlen("history.gp")]
set datafile separator "\t"
stats data using 2:3 nooutput name "all"
panels = int(all_blocks / 2)
array title[panels]
do for [p = 1:panels] {
	name = ""
	stats data index (2 * p - 2) every ::0::0 using (name = strcol(1), $2) nooutput name "one"
	title[p] = name
}
panel_h = 250
W = 900
H = panels * panel_h
load here."style.gp"

span = all_max_x > all_min_x ? all_max_x - all_min_x : 1
set multiplot
set xrange [all_min_x - 0.03 * span : all_max_x + 0.03 * span]
set xlabel "days since the first boot"
set ylabel "against the mean (%)"
set offsets 0, 0, graph 0.1, graph 0.1
do for [p = 1:panels] {
	top = 1 - 1.0 * (p - 1) / panels
	set lmargin at screen 80.0 / W
	set rmargin at screen 1 - 20.0 / W
	set tmargin at screen top - 36.0 / H
	set bmargin at screen top - (panel_h - 60.0) / H
	set title title[p]
	set key at screen 1 - 20.0 / W, screen top - 6.0 / H right top horizontal samplen 2
	plot data index (2 * p - 2) using 2:3 with points lt 1 pt 7 ps 0.7 title "boots", \
	     data index (2 * p - 1) using 2:3 with lines lt 7 dt 1 lw 2 title "level between steps"
}
unset multiplot

# SPDX-License-Identifier: GPL-2.0-or-later
# Boot values over time, a panel for each metric, BASE and NEW. Called with data, out and term; see style.gp.
here = ARG0[1:strlen(ARG0) - strlen("boots.gp")]
set datafile separator "\t"
stats data using 3:4 nooutput name "all"
panels = int(all_blocks / 2)
array title[panels]
do for [p = 1:panels] {
	panel = ""
	stats data index (2 * p - 2) every ::0::0 using (panel = strcol(1), $3) nooutput name "one"
	title[p] = panel
}
panel_h = 260
W = 860
H = panels * panel_h
load here."style.gp"

span = all_max_x > all_min_x ? all_max_x - all_min_x : 1
set multiplot
set xrange [all_min_x - 0.03 * span : all_max_x + 0.03 * span]
set ylabel "against the mean (%)"
do for [p = 1:panels] {
	top = 1 - 1.0 * (p - 1) / panels
	set lmargin at screen 80.0 / W
	set rmargin at screen 1 - 20.0 / W
	set tmargin at screen top - 36.0 / H
	set bmargin at screen top - (panel_h - 60.0) / H
	if (p == panels) { set xlabel "time since the first boot (min)" }
	set title title[p]
	set key at screen 1 - 20.0 / W, screen top - 6.0 / H right top horizontal samplen 1
	set offsets 0, 0, graph 0.15, graph 0.1
	set arrow 1 from graph 0, first 0 to graph 1, first 0 nohead lc rgb "#bbbbbb" lw 0.8 back
	plot data index (2 * p - 2) using 3:4 with points lt 1 pt 7 ps 0.9 title "BASE", \
	     data index (2 * p - 1) using 3:4 with points lt 7 pt 9 ps 1.0 title "NEW"
}
unset multiplot

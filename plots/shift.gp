# SPDX-License-Identifier: GPL-2.0-or-later
# Distributions of both sides and the shift of every quantile, a row for each metric. Called with data, out and term; see style.gp.
here = ARG0[1:strlen(ARG0) - strlen("shift.gp")]
set datafile separator "\t"
stats data using 3:4 nooutput name "all"
panels = int(all_blocks / 3)
array title[panels]
array low[panels]
array high[panels]
smaller(a, b) = a < b ? a : b
larger(a, b) = a > b ? a : b
do for [p = 1:panels] {
	name = ""
	stats data index (3 * p - 3) every ::0::0 using (name = strcol(1), $3) nooutput name "one"
	title[p] = name
	stats data index (3 * p - 3) using 4 nooutput name "base"
	stats data index (3 * p - 2) using 4 nooutput name "new"
	low[p] = smaller(base_min, new_min)
	high[p] = larger(base_max, new_max)
}
panel_h = 290
W = 1080
H = panels * panel_h
load here."style.gp"

set multiplot
do for [p = 1:panels] {
	top = 1 - 1.0 * (p - 1) / panels
	set tmargin at screen top - 40.0 / H
	set bmargin at screen top - (panel_h - 62.0) / H

	set lmargin at screen 80.0 / W
	set rmargin at screen 0.5 - 20.0 / W
	set title title[p]
	set logscale x 10
	eval time_tics
	if (high[p] < low[p] * 100) { eval time_tics_fine }
	set xrange [larger(low[p], 1) / 1.1 : larger(high[p], 1) * 1.1]
	set yrange [0:1]
	set ytics 0.25
	set xlabel "value (log scale)"
	set ylabel "share of operations below"
	set key at graph 0.98, graph 0.05 bottom right samplen 2
	unset arrow
	plot data index (3 * p - 3) using (larger($4, 1)):3 with steps lt 1 lw 1.6 title "BASE", \
	     data index (3 * p - 2) using (larger($4, 1)):3 with steps lt 7 lw 1.6 title "NEW"

	set lmargin at screen 0.5 + 80.0 / W
	set rmargin at screen 1 - 20.0 / W
	unset logscale x
	set title ""
	set xtics autofreq
	set xtics (0, 0.25, 0.5, 0.75, 1)
	set ytics autofreq
	set xrange [0:1]
	set yrange [*:*]
	set offsets 0, 0, graph 0.1, graph 0.1
	set xlabel "quantile"
	set ylabel "NEW against BASE (%)"
	set arrow 1 from graph 0, first 0 to graph 1, first 0 nohead lc rgb "#444444" lw 0.8 back
	plot data index (3 * p - 1) using 3:4:5:6 with yerrorbars lt 7 dt 1 pt 7 ps 0.7 notitle, '' index (3 * p - 1) using 3:4 with lines lt 7 dt 3 lw 0.8 notitle
	set offsets 0, 0, 0, 0
}
unset multiplot

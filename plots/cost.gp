# SPDX-License-Identifier: GPL-2.0-or-later
# Time per page against batch size, log-log, with the fitted lines: a panel for each benchmark and metric. Called with data, out and term; see style.gp.
here = ARG0[1:strlen(ARG0) - strlen("cost.gp")]
set datafile separator "\t"
stats data using 3 nooutput name "all"
blocks = int(all_blocks)

array first[blocks + 1]
array title[blocks]
array curve[blocks]
array fixed[blocks]
array each[blocks]
array low[blocks]
array high[blocks]
panels = 0
longest = 0
show(ns) = ns < 0 ? sprintf("%.0f ns", ns) : ns < 1e3 ? sprintf("%.3g ns", ns) : ns < 1e6 ? sprintf("%.3g us", ns / 1e3) : sprintf("%.3g ms", ns / 1e6)
do for [i = 0:blocks - 1] {
	panel = ""
	name = ""
	stats data index i every ::0::0 using (panel = strcol(1), name = strcol(2), $7):8 nooutput name "one"
	fixed[i + 1] = one_min_x
	each[i + 1] = one_min_y
	curve[i + 1] = name.": ".show(one_min_x)." a call, ".show(one_min_y)." a page"
	stats data index i using 4 nooutput name "one"
	low[i + 1] = one_min
	high[i + 1] = one_max
	longest = strlen(curve[i + 1]) > longest ? strlen(curve[i + 1]) : longest
	if (panels == 0 || title[panels] ne panel) {
		panels = panels + 1
		title[panels] = panel
		first[panels] = i
	}
}
first[panels + 1] = blocks

legend = 80 + 7.6 * longest
panel_h = 380
W = 620 + legend
H = panels * panel_h
load here."style.gp"

set multiplot
set logscale xy
set xlabel "pages in one call (log scale)"
set ylabel "time per page (log scale)" offset -1
set xrange [all_min / 1.2 : all_max * 1.2]
set xtics (1)
do for [k = 0:12] { set xtics add (sprintf("%d", 2 ** k) 2 ** k) }
eval "set ytics ".time_tics[10:]
do for [p = 1:panels] {
	top = 1 - 1.0 * (p - 1) / panels
	set lmargin at screen 100.0 / W
	set rmargin at screen 1 - (legend + 10) / W
	set tmargin at screen top - 36.0 / H
	set bmargin at screen top - (panel_h - 76.0) / H
	set key at screen 1 - legend / W, screen top - 36.0 / H top left Left reverse vertical samplen 3 spacing 1.2
	set title title[p]
	lo = 1e300
	hi = 0
	do for [i = first[p] + 1:first[p + 1]] {
		lo = low[i] < lo ? low[i] : lo
		hi = high[i] > hi ? high[i] : hi
	}
	set yrange [lo / 3 : hi * 3]
	plot for [i = first[p]:first[p + 1] - 1] data index i using 3:4:5:6 with yerrorbars lt (i - first[p] + 1) dt 1 pt 0 lw 0.9 notitle, \
	     for [i = first[p]:first[p + 1] - 1] data index i using 3:4 with points lt (i - first[p] + 1) title curve[i + 1], \
	     for [i = first[p]:first[p + 1] - 1] fixed[i + 1] / x + each[i + 1] with lines lt (i - first[p] + 1) dt 1 lw 1.2 notitle
}
unset multiplot

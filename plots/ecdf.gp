# SPDX-License-Identifier: GPL-2.0-or-later
# Distribution of the chief timed metrics: a panel for each benchmark and metric, a curve for each point. Called with data, out and term; see style.gp.
here = ARG0[1:strlen(ARG0) - strlen("ecdf.gp")]
set datafile separator "\t"
longest = 0
stats data using (longest = strlen(strcol(2)) > longest ? strlen(strcol(2)) : longest, $3) nooutput name "all"
legend = 60 + 8.8 * longest
blocks = int(all_blocks)

# Blocks of one panel follow each other: find where each panel begins.
array first[blocks + 1]
array title[blocks]
array curve[blocks]
array low[blocks]
array high[blocks]
panels = 0
do for [i = 0:blocks - 1] {
	panel = ""
	name = ""
	stats data index i every ::0::0 using (panel = strcol(1), name = strcol(2), $3) nooutput name "one"
	curve[i + 1] = name
	stats data index i using 3 nooutput name "one"
	low[i + 1] = one_min
	high[i + 1] = one_max
	if (panels == 0 || title[panels] ne panel) {
		panels = panels + 1
		title[panels] = panel
		first[panels] = i
	}
}
first[panels + 1] = blocks

columns = panels > 2 ? 2 : 1
rows = int((panels + columns - 1) / columns)
panel_h = 280
W = columns * (496 + legend)
H = rows * panel_h
load here."style.gp"

set multiplot
set logscale x 10
set mxtics 10
set yrange [0:1]
set ytics 0.25
set ylabel "share of operations" offset 1
set offsets 0, 0, 0, 0
set key outside right center vertical Left reverse samplen 2.5 spacing 1.1
do for [p = 1:panels] {
	column = (p - 1) % columns
	row = int((p - 1) / columns)
	left = 1.0 * column / columns
	top = 1 - 1.0 * row / rows
	set lmargin at screen left + 86.0 / W
	set rmargin at screen left + 1.0 / columns - (legend + 8) / W
	set tmargin at screen top - 34.0 / H
	set bmargin at screen top - (panel_h - 62.0) / H
	set key at screen left + 1.0 / columns - legend / W, screen top - 34.0 / H top left
	set title title[p]
	set xlabel "time per operation (log scale)"
	# Room on both sides, also when all values are the same.
	lo = 1e300
	hi = 0
	do for [i = first[p] + 1:first[p + 1]] {
		lo = low[i] < lo ? low[i] : lo
		hi = high[i] > hi ? high[i] : hi
	}
	eval time_tics
	if (hi < lo * 100) { eval time_tics_fine }
	set xrange [(lo < 1 ? 1 : lo) / 1.3 : hi * 1.3]
	plot for [i = first[p]:first[p + 1] - 1] data index i using ($3 < 1 ? 1 : $3):4 with steps lt (i - first[p] + 1) lw 1.6 title curve[i + 1]
}
unset multiplot

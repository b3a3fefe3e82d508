# SPDX-License-Identifier: GPL-2.0-or-later
# Success of splits, pin by trigger: a panel for each backing. Called with data, out and term; see style.gp.
here = ARG0[1:strlen(ARG0) - strlen("splits.gp")]
set datafile separator "\t"
longest = 0
stats data using (longest = strlen(strcol(3)) > longest ? strlen(strcol(3)) : longest, $2) nooutput name "row"
stats data using 4 nooutput name "column"
blocks = int(row_blocks)
rows = int(row_max)
columns = int(column_max)

array title[blocks]
do for [i = 1:blocks] {
	name = ""
	stats data index (i - 1) every ::0::0 using (name = strcol(1), $2) nooutput name "one"
	title[i] = name
}

left = 40 + 8 * longest
cell_w = 88
cell_h = 40
panel_h = rows * cell_h + 96
W = left + columns * cell_w + 120
W = W < 640 ? 640 : W
H = blocks * panel_h
load here."style.gp"

set multiplot
unset grid
unset key
set border 0
set palette defined (0 "#d55e00", 0.5 "#f0e442", 1 "#0072b2")
set cbrange [0:1]
set cblabel "share of tries that split the folio"
set xrange [0.5 : columns + 0.5]
set yrange [rows + 0.5 : 0.5]
set xtics noenhanced scale 0
set ytics noenhanced scale 0
ink(v) = v > 0.75 || v < 0.2 ? 0xffffff : 0x000000
say(v, n) = sprintf("%.4g %%", 100 * v)
do for [p = 1:blocks] {
	top = 1 - 1.0 * (p - 1) / blocks
	set lmargin at screen 1.0 * left / W
	set rmargin at screen 1.0 * (left + columns * cell_w) / W
	set tmargin at screen top - 34.0 / H
	set bmargin at screen top - (34.0 + rows * cell_h) / H
	set title title[p]
	plot data index (p - 1) using 4:2:(0.48):(0.46):6:xticlabels(5):yticlabels(3) with boxxyerror fs solid 1 noborder fc palette, \
	     '' index (p - 1) using 4:($2 - 0.14):(say($6, $9)):(ink($6)) with labels font ",11" tc rgb variable, \
	     '' index (p - 1) using 4:($2 + 0.2):(sprintf("n %d", $9)):(ink($6)) with labels font ",8" tc rgb variable
}
unset multiplot

# SPDX-License-Identifier: GPL-2.0-or-later
# What all figures share. The caller sets: data (table), out (file without extension), term (svg or png), and before loading this W and H (pixels).
# Colours: Okabe & Ito (2008), safe for colour-blind readers, in an order of alternating lightness; dashes and symbols tell the curves apart in grey.

set encoding utf8
if (term eq "svg") {
	set terminal svg size W,H fixed font "DejaVu Sans,13" background "#ffffff" linewidth 1.2
} else {
	set terminal pngcairo size W,H font "DejaVu Sans,11" background "#ffffff" linewidth 1.4
}
set output out.".".term
set datafile separator "\t"
set datafile missing "NaN"

set linetype 1 lc rgb "#0072b2" dt 1 pt 7 ps 0.8
set linetype 2 lc rgb "#e69f00" dt 2 pt 5 ps 0.8
set linetype 3 lc rgb "#009e73" dt 4 pt 9 ps 0.9
set linetype 4 lc rgb "#cc79a7" dt 5 pt 13 ps 0.9
set linetype 5 lc rgb "#000000" dt 3 pt 6 ps 0.8
set linetype 6 lc rgb "#56b4e9" dt 1 pt 4 ps 0.8
set linetype 7 lc rgb "#d55e00" dt 2 pt 8 ps 0.9
set linetype 8 lc rgb "#8c8c8c" dt 4 pt 12 ps 0.9
set linetype cycle 8

set border 3 lc rgb "#444444"
set tics nomirror out scale 0.6
set grid xtics ytics lt 1 lc rgb "#dddddd" lw 0.6
set key noenhanced
set title noenhanced

# Times on a log axis: 1 ns, 10 us, 1 ms ...
time_tics = 'set xtics ("1 ns" 1, "10 ns" 10, "100 ns" 100, "1 us" 1e3, "10 us" 1e4, "100 us" 1e5, "1 ms" 1e6, "10 ms" 1e7, "100 ms" 1e8, "1 s" 1e9, "10 s" 1e10)'
# Between them, for axes of less than two decades.
time_tics_fine = 'set xtics add ("2 ns" 2, "5 ns" 5, "20 ns" 20, "50 ns" 50, "200 ns" 200, "500 ns" 500, "2 us" 2e3, "5 us" 5e3, "20 us" 2e4, "50 us" 5e4, '. \
	'"200 us" 2e5, "500 us" 5e5, "2 ms" 2e6, "5 ms" 5e6, "20 ms" 2e7, "50 ms" 5e7, "200 ms" 2e8, "500 ms" 5e8, "2 s" 2e9, "5 s" 5e9)'

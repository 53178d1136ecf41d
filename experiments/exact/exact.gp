# Exact delivery against the sampling engine; reads pairs.csv and curves.csv, writes exact.svg.
# Run by ./run.
set terminal svg size 1380,500 font "sans,12" background "white"
set output "exact.svg"
set datafile separator ","
set grid
set multiplot layout 1,3
set bmargin 8.5
set key below Left reverse samplen 2 maxrows 2
curve(router, rank) = sprintf("< grep '^%s,%s,' curves.csv", router, rank)
rows(router, f) = sprintf("< grep '^%s,' pairs.csv | awk -F, '$7 == \"%s\"'", router, f)

set title "Delivery of single pairs, N = 100,000"
set xlabel "fraction of faulty nodes, f"
set ylabel "delivered"
set xrange [0:0.6]
set yrange [0:1.02]
plot curve("anycast", "lowest") using 4:5 with lines lw 2 lc "#0060a8" \
    title "anycast: lowest, middle, highest", \
  curve("anycast", "middle") using 4:5 with lines lw 2 lc "#0060a8" notitle, \
  curve("anycast", "highest") using 4:5 with lines lw 2 lc "#0060a8" notitle, \
  curve("anycast", "lowest") using 4:6 with lines lw 1.5 dt 2 lc "#808080" \
    title "lowest, independent copies", \
  curve("prefix", "lowest") using 4:5 with lines lw 2 lc "#d07000" \
    title "prefix: lowest, middle, highest", \
  curve("prefix", "middle") using 4:5 with lines lw 2 lc "#d07000" notitle, \
  curve("prefix", "highest") using 4:5 with lines lw 2 lc "#d07000" notitle, \
  "curves.csv" skip 1 using 4:7:8:9 with yerrorbars pt 6 ps 0.7 lc "#202020" \
    title "sampled (bars within)"

set title "Exact values in their intervals, 10^7 fault sets"
set xlabel "place: 0 sampled, -1 and 1 ends (99.9 %, simultaneous)"
set ylabel "pairs and f"
set xrange [-1.1:1.1]
set yrange [0:*]
set style fill solid 0.7
set boxwidth 0.045
bin(x) = (floor(x / 0.1) + 0.5) * 0.1
plot "< grep '^anycast,' pairs.csv" using (bin($16) - 0.0225):(1.0) smooth frequency with boxes \
    lc "#0060a8" title "anycast (500)", \
  "< grep '^prefix,' pairs.csv" using (bin($16) + 0.0225):(1.0) smooth frequency with boxes \
    lc "#d07000" title "prefix (500)"

set title "Anycast: independent copies less exact"
set xlabel "exact delivery of a pair"
set ylabel "error of the formula"
set xrange [0.8:1.005]
set yrange [0:0.18]
plot rows("anycast", "0.4") using 8:($10 - $8) pt 7 ps 0.5 lc "#a02020" title "f = .4", \
  rows("anycast", "0.3") using 8:($10 - $8) pt 7 ps 0.5 lc "#d07000" title "f = .3", \
  rows("anycast", "0.2") using 8:($10 - $8) pt 7 ps 0.5 lc "#0060a8" title "f = .2"
unset multiplot

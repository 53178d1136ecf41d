# Detection against false alarms; reads curve.csv, writes roc.svg. Run by ./run.
set terminal svg size 760,520 font "sans,13" background "white"
set output "roc.svg"
set datafile separator ","
set title "Attacks on IPFS found against false alarms (S = 15 to 45, lists of 20 peers)"
set xlabel "false alarms on trials without Sybils"
set ylabel "attacks found"
set xrange [0:0.2]
set yrange [0.9:1.001]
set key bottom right
set grid
curve(name) = sprintf("< grep '^%s,' curve.csv", name)
plot curve("joint") using 2:3 with steps lw 3 lc "#0060a8" title "joint: shape and level", \
  curve("kl") using 2:3 with steps lw 2 lc "#d07000" title "KL divergence (published)", \
  curve("minimum-over-ranks") using 2:3 with steps lw 1.5 lc "#408040" \
    title "minimum over ranks", \
  curve("farthest-distance") using 2:3 with steps lw 1.5 lc "#808080" \
    title "farthest distance", \
  curve("published") using 2:3:4:5 with yerrorbars pt 7 lc "#d07000" \
    title "KL, published threshold"

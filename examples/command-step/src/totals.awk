# Counts and adds up orders by country. The result is one JSON object in the file `out`; print goes to the step's log.
BEGIN { FS = "," }

NR > 1 {
  orders[$1]++
  total[$1] += $2
}

END {
  print "read " NR - 1 " orders"
  printf "{" > out
  for (country in orders) {
    printf "%s\n  \"%s\": { \"orders\": %d, \"total\": %.2f }", separator, country, orders[country], total[country] > out
    separator = ","
  }
  print "\n}" > out
}

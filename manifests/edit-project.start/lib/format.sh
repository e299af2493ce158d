# Prints a name and a number in two columns.
format_row() {
  printf '%-10s %s\n' "$1" "$2"
}

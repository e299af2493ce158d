import Glibc

let arguments = Array(CommandLine.arguments.dropFirst())
if arguments.first == "drive" {
  exit(Driver.run(Array(arguments.dropFirst())))
}
if arguments.first == "swap", arguments.count == 3 {
  Swaps.race(arguments[1], arguments[2])
}
exit(Torture(arguments).run())

import Glibc

let arguments = Array(CommandLine.arguments.dropFirst())
if arguments.first == "drive" {
  exit(Driver.run(Array(arguments.dropFirst())))
}
exit(Torture(arguments).run())

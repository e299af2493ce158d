// The one way in and the one way out: reads the arguments, runs a verb, ends with its code.
import Events
import Glibc
import Platform

StandardDescriptors.prepare()
exit(
  CommandLineRun.exitCode(for: ProcessArguments.texts, faults: ProcessArguments.faults).rawValue)

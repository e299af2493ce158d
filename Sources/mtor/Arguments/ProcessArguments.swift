import Platform

/// The arguments of this process, without the program's name.
enum ProcessArguments {
  static var texts: [String] { Array(CommandLine.arguments.dropFirst()) }

  /// Those that are no UTF-8: as text they would name another file.
  static var faults: [UsageFault] {
    var faults: [UsageFault] = []
    for (index, text) in texts.enumerated() where text.unicodeScalars.contains("\u{FFFD}") {
      guard let pointer = CommandLine.unsafeArgv[index + 1] else { continue }
      let raw = RawPath(copying: pointer)
      guard raw.text == nil else { continue }
      faults.append(
        UsageFault(
          rule: "usage-utf8", message: "the argument '\(raw.shown)' is no UTF-8", argument: index,
          hint: "give the file or folder another name"))
    }
    return faults
  }
}

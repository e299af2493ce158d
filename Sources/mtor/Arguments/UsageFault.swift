import Platform
import Reporting

/// A fault of the command line: what is wrong, at which argument, what to do.
struct UsageFault: Error, Sendable, Equatable {
  /// A stable id, such as `usage-unknown-flag`.
  let rule: String
  let message: String
  /// The index of the argument, from 0 without the program's name; nil for what is missing.
  let argument: Int?
  let hint: String

  /// The fault in the shape of every error, with a newline at its end; `arguments` are as they
  /// were typed.
  func text(arguments: [String]) -> String {
    var line = "mtor"
    var start = 0
    var width = 1
    for (index, argument) in arguments.enumerated() {
      let shown = Self.quoted(argument)
      if index == self.argument {
        start = Columns.count(line) + 1
        width = max(1, Columns.count(shown))
      }
      line += " " + shown
    }
    if argument == nil {
      start = Columns.count(line) + 1
    }
    let caret = String(repeating: " ", count: start) + String(repeating: "^", count: width)
    return "error[\(rule)]: \(message)\n  | \(line)\n  | \(caret)\n  = help: \(hint)\n"
  }

  /// An argument as a shell would have it, safe to print.
  static func quoted(_ argument: String) -> String {
    let isPlain =
      !argument.isEmpty
      && argument.unicodeScalars.allSatisfy {
        $0.properties.isAlphabetic || "0123456789-_./=:@%+,".unicodeScalars.contains($0)
      }
    let shown = Printable.escaped(argument)
    return isPlain ? shown : "'\(shown)'"
  }
}

/// All faults of one command line.
struct UsageFaults: Error, Sendable, Equatable {
  let all: [UsageFault]
}

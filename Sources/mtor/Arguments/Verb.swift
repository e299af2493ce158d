/// The verbs of the command line.
enum VerbName: String, CaseIterable, Sendable {
  case new, check, plan, apply, undo, log, show
  case rehearse, recover, stats, report, models, coach, doctor, fmt, amend
  case importing = "import"
  case dispatch, worker, queue, sign, fleet
  case guide, schema, completions, help
}

/// A verb as data: everything that parsing, help, completions and the manual page need.
struct Verb: Sendable {
  /// A command line with what it does.
  struct Example: Sendable {
    let command: String
    let purpose: String

    init(_ command: String, _ purpose: String) {
      self.command = command
      self.purpose = purpose
    }
  }

  let name: VerbName
  /// One line without a final stop.
  let summary: String
  /// Plain sentences, one paragraph each.
  let details: [String]
  let operands: [Operand]
  let flags: [Flag]
  let examples: [Example]
  /// True for the few that `mtor --help` shows.
  let isCommon: Bool

  init(
    _ name: VerbName, _ summary: String, isCommon: Bool = false, details: [String] = [],
    operands: [Operand] = [], flags: [Flag] = [], examples: [Example]
  ) {
    self.name = name
    self.summary = summary
    self.isCommon = isCommon
    self.details = details
    self.operands = operands
    self.flags = flags
    self.examples = examples
  }

  /// Its own flags, then those that every verb takes.
  var allFlags: [Flag] { flags + Flag.common }

  /// `mtor apply [options] MANIFEST…`
  var usage: String {
    (["mtor \(name.rawValue)", "[options]"] + operands.map(\.synopsis)).joined(separator: " ")
  }

  static func named(_ name: VerbName) -> Verb {
    guard let verb = all.first(where: { $0.name == name }) else {
      preconditionFailure("the verb table lacks '\(name.rawValue)', which a test checks")
    }
    return verb
  }
}

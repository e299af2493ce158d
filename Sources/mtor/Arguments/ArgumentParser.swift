import Platform

/// Reads a command line by the verb table; collects every fault, not the first.
struct ArgumentParser {
  private let arguments: [String]
  private var index = 0
  private var verb: Verb?
  private var operands: [(text: String, index: Int)] = []
  private var values: [FlagName: [Invocation.FlagValue]] = [:]
  private var faults: [UsageFault] = []

  /// Reads the arguments without the program's name. Asking for help wins over every fault.
  static func parse(_ arguments: [String]) throws(UsageFaults) -> Invocation {
    var parser = ArgumentParser(arguments)
    parser.readAll()
    if parser.values[.help] != nil {
      return Invocation(
        verb: .help, operands: parser.verb.map { [$0.name.rawValue] } ?? [], positions: [],
        values: parser.values)
    }
    guard parser.faults.isEmpty, let verb = parser.verb else {
      throw UsageFaults(all: parser.faults)
    }
    return Invocation(
      verb: verb.name, operands: parser.operands.map(\.text),
      positions: parser.operands.map(\.index), values: parser.values)
  }

  private init(_ arguments: [String]) { self.arguments = arguments }

  private mutating func readAll() {
    var flagsAreOver = false
    while index < arguments.count {
      let argument = arguments[index]
      if flagsAreOver || argument == "-" || !argument.hasPrefix("-") {
        readWord(argument)
      } else if argument == "--" {
        flagsAreOver = true
      } else {
        readFlag(argument)
      }
      index += 1
    }
    checkOperands()
  }

  private mutating func readWord(_ word: String) {
    guard verb == nil else {
      operands.append((word, index))
      return
    }
    if let name = VerbName(rawValue: word) {
      verb = Verb.named(name)
    } else if !faults.contains(where: { $0.rule == "usage-unknown-verb" }) {
      let near = Suggestion.nearest(to: word, in: VerbName.allCases.map(\.rawValue))
      fault(
        "usage-unknown-verb", "there is no verb \(quoted(word))", at: index,
        near.map { "did you mean '\($0)'?" } ?? "'mtor help --all' lists the verbs")
    }
  }

  private mutating func readFlag(_ argument: String) {
    let at = index
    let (spelling, attached) = split(argument)
    let known = verb?.allFlags ?? Flag.common
    guard let flag = known.first(where: { $0.spellings.contains(spelling) }) else {
      // A flag of a verb that is not known is not judged.
      if faults.contains(where: { $0.rule == "usage-unknown-verb" }) { return }
      return unknown(spelling, among: known)
    }
    if values[flag.name] != nil && !flag.repeats && flag.placeholder != nil {
      fault(
        "usage-repeated", "\(spelling) is given twice", at: at, "give it once")
    }
    guard let placeholder = flag.placeholder else {
      if attached != nil {
        fault(
          "usage-no-value", "\(spelling) takes no value", at: at, "write \(spelling) alone")
      }
      values[flag.name] = [Invocation.FlagValue(text: "", position: at)]
      return
    }
    var value = attached
    if value == nil, index + 1 < arguments.count {
      index += 1
      value = arguments[index]
    }
    guard let value, !value.isEmpty else {
      return fault(
        "usage-missing-value", "\(spelling) needs a value", at: at,
        "write \(spelling) \(placeholder)")
    }
    check(value, of: flag, spelling: spelling)
    values[flag.name, default: []].append(
      Invocation.FlagValue(text: value, position: index))
  }

  /// `--flag=value` and `-fvalue` in two.
  private func split(_ argument: String) -> (spelling: String, attached: String?) {
    if argument.hasPrefix("--") {
      guard let equals = argument.firstIndex(of: "=") else { return (argument, nil) }
      return (String(argument[..<equals]), String(argument[argument.index(after: equals)...]))
    }
    let spelling = String(argument.prefix(2))
    return (spelling, argument.count > 2 ? String(argument.dropFirst(2)) : nil)
  }

  private mutating func check(_ value: String, of flag: Flag, spelling: String) {
    switch flag.value {
    case .oneOf(let words) where !words.contains(value):
      let near = Suggestion.nearest(to: value, in: words).map { "did you mean '\($0)'?" }
      fault(
        "usage-value", "\(quoted(value)) is no value of \(spelling)", at: index,
        near ?? "write one of: \(words.joined(separator: ", "))")
    case .count where !(Int(value).map { (1...1_000_000).contains($0) } ?? false):
      fault(
        "usage-value", "\(quoted(value)) is no value of \(spelling)", at: index,
        "write a whole number from 1")
    case .file where value == "-" && flag.name != .out:
      let isRead = [FlagName.config, .tighten, .key].contains(flag.name)
      fault(
        "usage-value", "'-' is no file for \(spelling)", at: index,
        "write /dev/\(isRead ? "stdin" : "stdout"), or ./- for a file of that name")
    default: break
    }
  }

  private mutating func unknown(_ spelling: String, among known: [Flag]) {
    let near = Suggestion.nearest(to: spelling, in: known.flatMap(\.spellings))
    guard let verb else {
      return fault(
        "usage-unknown-flag", "there is no flag \(quoted(spelling)) before the verb", at: index,
        near.map { "did you mean '\($0)'?" } ?? "flags of a verb stand after it: mtor help --all")
    }
    let name = verb.name.rawValue
    fault(
      "usage-unknown-flag", "'\(name)' has no flag \(quoted(spelling))", at: index,
      near.map { "did you mean '\($0)'?" } ?? "'mtor help \(name)' lists its flags")
  }

  private mutating func checkOperands() {
    guard let verb else {
      if faults.isEmpty {
        fault(
          "usage-no-verb", "no verb is given", at: nil, "'mtor help' lists what mtor can do")
      }
      return
    }
    let name = verb.name.rawValue
    for (position, operand) in verb.operands.enumerated() {
      guard position < operands.count else {
        if operand.isRequired {
          let article = "AEIOU".contains(operand.name.prefix(1)) ? "an" : "a"
          fault(
            "usage-missing-operand", "'\(name)' needs \(article) \(operand.name)", at: nil,
            "write \(verb.usage)" + operand.words)
        }
        break
      }
      if case .oneOf(let words) = operand.kind, !words.contains(operands[position].text) {
        let (text, at) = operands[position]
        let near = Suggestion.nearest(to: text, in: words).map { "did you mean '\($0)'?" }
        fault(
          "usage-value", "'\(name)' does not know \(quoted(text))", at: at,
          near ?? "write one of: \(words.joined(separator: ", "))")
      }
    }
    let allowed = verb.operands.last?.repeats == true ? Int.max : verb.operands.count
    for (text, at) in operands.dropFirst(allowed) {
      fault(
        "usage-extra-operand", "\(quoted(text)) is one argument too many for '\(name)'", at: at,
        "write \(verb.usage)")
    }
    // What is wrong with a word is said once.
    if faults.isEmpty { faults += FlagScope.faults(verb.name, operands, values) }
  }

  private func quoted(_ text: String) -> String { "'\(Printable.escaped(text))'" }

  private mutating func fault(_ rule: String, _ message: String, at: Int?, _ hint: String) {
    faults.append(UsageFault(rule: rule, message: message, argument: at, hint: hint))
  }
}

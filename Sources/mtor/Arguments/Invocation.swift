/// A command line that was understood: the verb, its operands and the values of its flags.
struct Invocation: Sendable {
  let verb: VerbName
  let operands: [String]
  /// Where each operand stands among the arguments, for a fault that is found later.
  let positions: [Int]
  /// A switch has one empty value.
  private let values: [FlagName: [FlagValue]]

  /// A value with the index of its argument.
  struct FlagValue: Sendable {
    let text: String
    let position: Int
  }

  init(verb: VerbName, operands: [String], positions: [Int], values: [FlagName: [FlagValue]]) {
    self.verb = verb
    self.operands = operands
    self.positions = positions
    self.values = values
  }

  func has(_ flag: FlagName) -> Bool { values[flag] != nil }

  /// The value of a flag that is given at most once.
  func value(_ flag: FlagName) -> String? { values[flag]?.last?.text }

  /// The values of a flag that may be repeated, in order.
  func all(_ flag: FlagName) -> [FlagValue] { values[flag] ?? [] }

  /// The value of a flag whose table entry says that it is a count; the parser has checked it.
  func count(_ flag: FlagName) -> Int? { value(flag).flatMap { Int($0) } }
}

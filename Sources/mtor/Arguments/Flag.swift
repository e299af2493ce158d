/// The long name of every flag, as it is typed.
enum FlagName: String, CaseIterable {
  case root = "--root"
  case help = "--help"
  case color = "--color"
  case format = "--format"
  case version = "--version"

  case param = "--param"
  case only = "--only"
  case force = "--force"
  case declared = "--declared"
  case noTests = "--no-tests"
  case keepGoing = "--keep-going"
  case onFailure = "--on-failure"
  case jobs = "--jobs"
  case noHooks = "--no-hooks"
  case logDirectory = "--log-dir"
  case verbose = "--verbose"
  case quiet = "--quiet"
  case strict = "--strict"
  case verify = "--verify"
  case durability = "--durability"
  case sandbox = "--sandbox"
  case noSandbox = "--no-sandbox"
  case land = "--land"
  case trying = "--try"
  case json = "--json"
  case junit = "--junit"
  case sarif = "--sarif"
  case html = "--html"
  case markdown = "--markdown"
  case events = "--events"
  case since = "--since"
  case by = "--by"
  case drift = "--drift"
  case keep = "--keep"
  case repairs = "--repairs"

  case out = "--out"
  case readAs = "--as"
  case to = "--to"
  case from = "--from"
  case detailedExitCode = "--detailed-exitcode"
  case limit = "--limit"
  case commit = "--commit"
  case all = "--all"
  case manual = "--manual"
  case test = "--test"
  case install = "--install"
  case config = "--config"
  case noRepair = "--no-repair"
  case showPrompt = "--show-prompt"
  case unsafeNoSandbox = "--unsafe-no-sandbox"
  case model = "--model"
  case name = "--name"
  case url = "--url"
  case severity = "--severity"
  case origin = "--origin"
  case path = "--path"
  case language = "--language"
  case step = "--step"
  case check = "--check"
  case expires = "--expires"
  case proposed = "--proposed"
  case tighten = "--tighten"
  case batch = "--batch"
  case task = "--task"
  case repo = "--repo"
  case branch = "--branch"
  case after = "--after"
  case notBefore = "--not-before"
  case again = "--again"
  case wait = "--wait"
  case priority = "--priority"
  case queue = "--queue"
  case tokens = "--tokens"
  case usd = "--usd"
  case slots = "--slots"
  case requireSigned = "--require-signed"
  case drain = "--drain"
  case metrics = "--metrics"
  case watch = "--watch"
  case bundle = "--bundle"
  case key = "--key"
  case failed = "--failed"
  case resume = "--continue"
}

/// A flag as data: parsing, help, completions and the manual page are all made from it.
struct Flag: Sendable {
  /// What stands after the flag.
  enum Value: Sendable {
    case none
    /// The placeholder's name, such as `K=V`.
    case text(String)
    case file(String)
    case folder(String)
    /// A whole number from 1.
    case count(String)
    case oneOf([String])
  }

  let name: FlagName
  /// With its dash, such as `-j`.
  let short: String?
  let value: Value
  let repeats: Bool
  /// One line without a final stop.
  let help: String

  init(
    _ name: FlagName, short: String? = nil, _ value: Value, repeats: Bool = false, _ help: String
  ) {
    self.name = name
    self.short = short
    self.value = value
    self.repeats = repeats
    self.help = help
  }

  /// A switch.
  init(_ name: FlagName, short: String? = nil, _ help: String) {
    self.init(name, short: short, .none, help)
  }

  /// What the help shows for the value, such as `DIR` or `text|json`; nil for a switch.
  var placeholder: String? {
    switch value {
    case .none: nil
    case .text(let name), .file(let name), .folder(let name), .count(let name): name
    case .oneOf(let words): words.joined(separator: "|")
    }
  }

  /// Its help, and whether it may be given more than once.
  var meaning: String { repeats ? help + "; may be given several times" : help }

  /// Every way to write its name, the short one first.
  var spellings: [String] { (short.map { [$0] } ?? []) + [name.rawValue] }

  /// `-C, --root DIR`, as the help shows it.
  var synopsis: String {
    spellings.joined(separator: ", ") + (placeholder.map { " " + $0 } ?? "")
  }
}

/// What may stand after the verb besides flags.
struct Operand: Sendable {
  enum Kind: Sendable {
    case file
    /// The id of a run, or its beginning.
    case run
    case text
    case oneOf([String])
  }

  let name: String
  let kind: Kind
  let isRequired: Bool
  let repeats: Bool

  init(_ name: String, _ kind: Kind, isRequired: Bool = true, repeats: Bool = false) {
    self.name = name
    self.kind = kind
    self.isRequired = isRequired
    self.repeats = repeats
  }

  /// Which words it may be, where the synopsis does not say so.
  var words: String {
    guard case .oneOf(let words) = kind, words.count > 4 else { return "" }
    return "; \(name) is one of: \(words.joined(separator: ", "))"
  }

  /// `MANIFEST…`, `[RUN]`, `bash|zsh|fish`, as the usage line shows it.
  var synopsis: String {
    var text = name
    if case .oneOf(let words) = kind, words.count <= 4 { text = words.joined(separator: "|") }
    if repeats { text += "…" }
    return isRequired ? text : "[\(text)]"
  }
}

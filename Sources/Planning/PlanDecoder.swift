import Manifests
import Platform
import YAMLTree

/// Reads what `PlanEncoder` writes.
struct PlanDecoder {
  private var contents: [Digest: Text] = [:]

  init(contents members: [(String, JSON)]) throws(SavedPlanError) {
    contents.reserveCapacity(members.count)
    for (name, value) in members {
      let fault = SavedPlanError("the plan is damaged: a content does not fit its digest")
      let bytes: [UInt8]
      if let text = value["text"]?.string {
        bytes = Array(text.utf8)
      } else if let text = value["base64"]?.string {
        do {
          bytes = try Base64.decode(Array(text.utf8))
        } catch {
          throw fault
        }
      } else {
        throw fault
      }
      let digest = Digest(of: bytes)
      guard Digest(hex: name) == digest else { throw fault }
      contents[digest] = Text(bytes)
    }
  }

  private func content(_ key: String, _ fields: JSONFields) throws(SavedPlanError) -> Text {
    guard let text = contents[try fields.digest(key)] else { throw fields.fault(key) }
    return text
  }

  func plan(_ fields: JSONFields) throws(SavedPlanError) -> Plan {
    var plan = Plan(
      manifestName: try fields.string("name"), manifestDigest: try fields.digest("digest"),
      manifestFile: try fields.string("file"))
    plan.base = try fields.optional("base", fields.string)
    plan.params = try fields.texts("params")
    plan.commit = try fields.optional("commit", fields.string)
    plan.isForced = try fields.optional("forced", fields.bool) ?? false
    plan.provenance = try fields.optional("provenance") { key throws(SavedPlanError) in
      try provenance(fields.fields(key))
    }
    plan.setup = try fields.each("setup", command)
    plan.steps = try fields.each("steps", step)
    plan.verify = try fields.each("verify", command)
    if fields.has("repair") { plan.repair = try repair(fields.fields("repair")) }
    return plan
  }

  private func provenance(_ fields: JSONFields) throws(SavedPlanError) -> Provenance {
    Provenance(
      author: try fields.optional("author", fields.string),
      model: try fields.optional("model", fields.string),
      tokens: try fields.optional("tokens", fields.integer),
      usd: try fields.optional("usd", fields.double),
      created: try fields.optional("created", fields.string))
  }

  private func step(_ fields: JSONFields) throws(SavedPlanError) -> PlannedStep {
    var step = PlannedStep(
      id: try fields.string("id"),
      decision: try fields.one(of: PlannedStep.Decision.self, "decision"),
      mark: try fields.mark("mark"))
    step.intent = try fields.optional("intent", fields.string)
    step.files = try fields.each("files", file)
    step.entries = try fields.each("entries", entry)
    step.run = try fields.each("run", command)
    step.tests = try fields.each("tests", command)
    step.isParallel = try fields.bool("parallel")
    step.outputs = try fields.strings("outputs")
    step.needs = try fields.strings("needs")
    if fields.has("repair") { step.repair = try repair(fields.fields("repair")) }
    step.condition = try condition(fields)
    step.emptiedFolders = try fields.paths("emptied")
    return step
  }

  private func repair(_ fields: JSONFields) throws(SavedPlanError) -> RepairPolicy {
    func list(_ key: String) throws(SavedPlanError) -> [String]? {
      fields.has(key) ? try fields.fields(key).strings("list") : nil
    }
    var policy = RepairPolicy()
    policy.isOff = try flag("off", fields)
    policy.allow = try list("allow")
    policy.deny = try fields.strings("deny")
    policy.show = try fields.strings("show")
    policy.fixers = try list("fixers")
    policy.attempts = try fields.optional("attempts", fields.integer)
    policy.models = try list("models")
    policy.candidates = try fields.optional("candidates", fields.integer)
    policy.tokens = try fields.optional("tokens", fields.integer)
    policy.usd = try fields.optional("usd", fields.double)
    policy.seconds = try fields.optional("seconds", fields.double)
    policy.cache = try list("cache")
    return policy
  }

  /// A truth value that may be absent, which is not the same as false.
  private func flag(_ key: String, _ fields: JSONFields) throws(SavedPlanError) -> Bool? {
    switch try fields.optional(key, fields.string) {
    case nil: return nil
    case "yes": return true
    case "no": return false
    default: throw fields.fault(key)
    }
  }

  private func condition(_ outer: JSONFields) throws(SavedPlanError) -> Condition? {
    guard outer.has("when") else { return nil }
    let fields = try outer.fields("when")
    if fields.has("exists") { return .exists(path: try fields.string("exists")) }
    if fields.has("missing") { return .missing(path: try fields.string("missing")) }
    return .contains(path: try fields.string("contains"), text: try fields.string("text"))
  }

  // MARK: Files

  private func file(_ fields: JSONFields) throws(SavedPlanError) -> PlannedFile {
    var file = PlannedFile(
      path: try fields.path("path"),
      action: try fields.one(of: PlannedFile.Action.self, "action"),
      before: try state("before", fields), after: try state("after", fields),
      mark: try fields.mark("mark"))
    file.movedFrom = try fields.optional("moved_from", fields.path)
    file.movedTo = try fields.optional("moved_to", fields.path)
    file.declared = try fields.optional("declared", fields.digest)
    file.repairedIn = try fields.optional("repaired_in", fields.string)
    file.isFrozen = try fields.bool("frozen")
    file.grantsExecution = try fields.bool("grants_execution")
    file.changesGit = try fields.bool("changes_git")
    file.reason = try fields.optional("reason", fields.string)
    switch (file.action, file.after) {
    case (.created, .regular(let after)), (.replaced, .regular(let after)),
      (.edited, .regular(let after)), (.moved, .regular(let after)):
      if after.content == nil { throw fields.fault("after") }
    default: break
    }
    return file
  }

  private func state(_ key: String, _ outer: JSONFields) throws(SavedPlanError) -> FileState {
    guard outer.has(key) else { return .absent }
    let fields = try outer.fields(key)
    if fields.has("symlink") { return .symlink(target: try fields.string("symlink")) }
    let digest = try fields.digest("sha256")
    return .regular(
      RegularFile(
        digest: digest, size: try fields.integer("size"), mode: try mode(fields),
        isExecutable: try flag("executable", fields), content: contents[digest]))
  }

  private func mode(_ fields: JSONFields) throws(SavedPlanError) -> UInt32? {
    guard let mode = try fields.optional("mode", fields.integer) else { return nil }
    guard (0...0o7777).contains(mode) else { throw fields.fault("mode") }
    return UInt32(mode)
  }

  // MARK: Entries

  private func entry(_ fields: JSONFields) throws(SavedPlanError) -> FileEntry {
    var entry = FileEntry(
      path: try fields.string("path"), action: try action(fields.fields("action")),
      mark: try fields.mark("mark"), actionMark: try fields.mark("action_mark"))
    entry.isExecutable = try flag("executable", fields)
    entry.mode = try mode(fields)
    entry.elisionIsFine = try fields.bool("elision_ok")
    entry.markersAreFine = try fields.bool("markers_ok")
    entry.before = try before(fields)
    if fields.has("eol") { entry.endOfLine = try fields.one(of: FileEntry.EndOfLine.self, "eol") }
    entry.isFrozen = try fields.bool("frozen")
    entry.condition = try condition(fields)
    return entry
  }

  private func before(_ outer: JSONFields) throws(SavedPlanError) -> FileEntry.Before? {
    switch outer.value("was") {
    case nil: return nil
    case .string("absent"): return .absent
    case .string("present"): return .present
    default: break
    }
    let fields = try outer.fields("was")
    if fields.has("sha256") { return .digest(try fields.digest("sha256")) }
    return .symlink(target: try fields.string("symlink"))
  }

  private func action(_ fields: JSONFields) throws(SavedPlanError) -> FileEntry.Action {
    if fields.has("content") { return .content(try content("content", fields)) }
    if fields.has("from") { return .from(try fields.string("from")) }
    if fields.has("patch") { return .patch(try content("patch", fields)) }
    if fields.has("delete") { return .delete }
    if fields.has("delete_tree") { return .deleteTree }
    if fields.has("move_from") {
      return .move(from: try fields.string("move_from"), edits: try fields.each("edit", edit))
    }
    if fields.has("move_tree") { return .moveTree(from: try fields.string("move_tree")) }
    if fields.has("symlink") { return .symlink(target: try fields.string("symlink")) }
    if fields.has("attributes") { return .attributes }
    guard fields.has("edit") else { throw fields.fault("edit") }
    return .edit(try fields.each("edit", edit))
  }

  private func edit(_ fields: JSONFields) throws(SavedPlanError) -> Edit {
    Edit(try operation(fields), at: try fields.mark("mark"))
  }

  private func operation(_ fields: JSONFields) throws(SavedPlanError) -> Edit.Operation {
    if fields.has("find") {
      return .replace(
        find: try content("find", fields), with: try content("replace", fields),
        count: try count(fields), extent: try extent(fields))
    }
    if fields.has("match") {
      return .match(
        pattern: try fields.string("match"), with: try fields.string("with"),
        count: try count(fields))
    }
    if fields.has("after") {
      return .insertAfter(
        anchor: try content("after", fields), try content("insert", fields))
    }
    if fields.has("before") {
      return .insertBefore(
        anchor: try content("before", fields), try content("insert", fields))
    }
    if fields.has("append") { return .append(try content("append", fields)) }
    if fields.has("prepend") { return .prepend(try content("prepend", fields)) }
    return .set(pointer: try fields.string("set"), value: try node(fields.fields("value")))
  }

  private func extent(_ fields: JSONFields) throws(SavedPlanError) -> Edit.Extent {
    if try fields.bool("word") { return .words }
    if fields.has("block"), try fields.bool("block") { return .lines }
    return .bytes
  }

  private func count(_ fields: JSONFields) throws(SavedPlanError) -> Edit.Count {
    if case .string("all") = fields.value("count") { return .all }
    return .exactly(try fields.integer("count"))
  }

  private func node(_ fields: JSONFields) throws(SavedPlanError) -> Node {
    let mark = Mark(line: 1, column: 1)
    func made(_ value: Node.Value) -> Node { Node(value, start: mark, end: mark) }
    for (key, style) in [("plain", Node.Style.plain), ("text", .doubleQuoted)]
    where fields.has(key) {
      return made(.scalar(Scalar(style: style, bytes: Text(try fields.string(key)))))
    }
    if fields.has("list") { return made(.sequence(try fields.each("list", node))) }
    return made(
      .mapping(
        try fields.each("map") { pair throws(SavedPlanError) in
          guard let both = pair.whole.array, both.count == 2 else { throw pair.fault("map") }
          return Node.Pair(
            key: try node(JSONFields(both[0], "key")),
            value: try node(JSONFields(both[1], "value")))
        }))
  }

  // MARK: Commands

  private func command(_ fields: JSONFields) throws(SavedPlanError) -> PlannedCommand {
    var spec = CommandSpec(run: try fields.string("run"), mark: try fields.mark("mark"))
    spec.name = try fields.optional("title", fields.string)
    spec.shell = try fields.one(of: CommandSpec.Shell.self, "shell")
    spec.timeout = try fields.double("timeout")
    if let text = try fields.optional("stdin", fields.string) {
      do {
        spec.input = Text(try Base64.decode(Array(text.utf8)))
      } catch {
        throw fields.fault("stdin")
      }
    }
    spec.network = try flag("network", fields)
    spec.unless = try fields.optional("unless", fields.string)
    spec.retries = try fields.integer("retries")
    spec.inputs = try fields.strings("inputs")
    spec.exit = try exit(fields)
    spec.output = try expected("stdout", fields)
    spec.errors = try expected("stderr", fields)
    var command = PlannedCommand(
      kind: try fields.one(of: PlannedCommand.Kind.self, "kind"), name: try fields.string("name"),
      spec: spec)
    command.directory = try fields.optional("cwd", fields.path)
    command.environment = try fields.texts("env")
    command.passEnvironment = try fields.strings("pass_env")
    command.path = try fields.paths("path")
    command.creates = try fields.optional("creates", fields.path)
    return command
  }

  private func exit(_ fields: JSONFields) throws(SavedPlanError) -> CommandSpec.ExpectedExit {
    if case .string("nonzero") = fields.value("exit") { return .nonzero }
    guard let values = fields.value("exit")?.array else { return .codes([]) }
    var codes: [Int] = []
    for value in values {
      guard let code = value.integer else { throw fields.fault("exit") }
      codes.append(code)
    }
    return .codes(codes)
  }

  private func expected(
    _ key: String, _ outer: JSONFields
  ) throws(SavedPlanError) -> CommandSpec.ExpectedText? {
    guard outer.has(key) else { return nil }
    let fields = try outer.fields(key)
    if fields.has("whole") { return .whole(try fields.string("whole")) }
    if fields.has("contains") { return .contains(try fields.string("contains")) }
    return .matches(try fields.string("matches"))
  }
}

import Manifests
import Platform
import YAMLTree

/// Writes plans as JSON; contents are kept once each, by their digest.
struct PlanEncoder {
  /// Digest in hexadecimal to `{"text": …}`, or `{"base64": …}` where the bytes are not UTF-8.
  private(set) var contents: [JSON.Member] = []
  private var seen: Set<Digest> = []

  mutating func plan(_ plan: Plan) -> JSON {
    JSON.compact([
      "name": .string(plan.manifestName),
      "digest": JSON(plan.manifestDigest),
      "file": .string(plan.manifestFile),
      "base": JSON(plan.base),
      "params": JSON(plan.params),
      "commit": JSON(plan.commit),
      "forced": plan.isForced ? .bool(true) : .null,
      "provenance": plan.provenance.map(provenance) ?? .null,
      "setup": .array(plan.setup.map(command)),
      "steps": .array(plan.steps.map { step($0) }),
      "verify": .array(plan.verify.map(command)),
      "repair": repair(plan.repair),
    ])
  }

  private func provenance(_ provenance: Provenance) -> JSON {
    JSON.compact([
      "author": JSON(provenance.author), "model": JSON(provenance.model),
      "tokens": JSON(provenance.tokens), "usd": JSON(provenance.usd),
      "created": JSON(provenance.created),
    ])
  }

  private mutating func step(_ step: PlannedStep) -> JSON {
    let files = step.files.map { file($0) }
    let entries = step.entries.map { entry($0) }
    return JSON.compact([
      "id": .string(step.id),
      "intent": JSON(step.intent),
      "decision": .string(step.decision.rawValue),
      "files": .array(files),
      "entries": .array(entries),
      "run": .array(step.run.map(command)),
      "tests": .array(step.tests.map(command)),
      "parallel": .bool(step.isParallel),
      "outputs": JSON(step.outputs),
      "needs": JSON(step.needs),
      "repair": repair(step.repair),
      "when": step.condition.map(condition) ?? .null,
      "emptied": JSON(step.emptiedFolders),
      "mark": JSON(step.mark),
    ])
  }

  private func repair(_ policy: RepairPolicy) -> JSON {
    JSON.compact([
      "off": policy.isOff.map { .string($0 ? "yes" : "no") } ?? .null,
      "allow": optional(policy.allow), "deny": JSON(policy.deny), "show": JSON(policy.show),
      "fixers": optional(policy.fixers), "attempts": JSON(policy.attempts),
      "models": optional(policy.models), "candidates": JSON(policy.candidates),
      "tokens": JSON(policy.tokens), "usd": JSON(policy.usd), "seconds": JSON(policy.seconds),
      "cache": optional(policy.cache),
    ])
  }

  /// A list that may be absent, which is not the same as empty.
  private func optional(_ texts: [String]?) -> JSON {
    texts.map { ["list": JSON($0)] } ?? .null
  }

  private func condition(_ condition: Condition) -> JSON {
    switch condition {
    case .exists(let path): ["exists": .string(path)]
    case .missing(let path): ["missing": .string(path)]
    case .contains(let path, let text): ["contains": .string(path), "text": .string(text)]
    }
  }

  // MARK: Files

  private mutating func file(_ file: PlannedFile) -> JSON {
    let before = state(file.before, keeping: false)
    let after = state(file.after, keeping: file.action != .unchanged)
    return JSON.compact([
      "path": .string(file.path.text),
      "action": .string(file.action.rawValue),
      "before": before,
      "after": after,
      "moved_from": JSON(file.movedFrom?.text),
      "moved_to": JSON(file.movedTo?.text),
      "declared": JSON(file.declared),
      "repaired_in": JSON(file.repairedIn),
      "frozen": .bool(file.isFrozen),
      "grants_execution": .bool(file.grantsExecution),
      "changes_git": .bool(file.changesGit),
      "reason": JSON(file.reason),
      "mark": JSON(file.mark),
    ])
  }

  private mutating func state(_ state: FileState, keeping isKept: Bool) -> JSON {
    switch state {
    case .absent: return .null
    case .symlink(let target): return ["symlink": .string(target)]
    case .regular(let file):
      if isKept, let content = file.content { keep(content, file.digest) }
      return JSON.compact([
        "sha256": JSON(file.digest), "size": .integer(file.size),
        "mode": JSON(file.mode.map { Int($0) }),
        "executable": file.isExecutable.map { .string($0 ? "yes" : "no") } ?? .null,
      ])
    }
  }

  private mutating func keep(_ content: Text, _ digest: Digest) {
    guard seen.insert(digest).inserted else { return }
    let bytes = content.decoded()
    let value: JSON
    if let text = String(validating: bytes, as: UTF8.self) {
      value = ["text": .string(text)]
    } else {
      value = ["base64": .string(Self.base64(bytes))]
    }
    contents.append(JSON.Member(digest.hex, value))
  }

  private static func base64(_ bytes: [UInt8]) -> String {
    String(decoding: Base64.encoded(bytes), as: UTF8.self)
  }

  /// A text of an entry: by its digest.
  private mutating func reference(_ text: Text) -> JSON {
    let digest = Digest(of: text.decoded())
    keep(text, digest)
    return JSON(digest)
  }

  // MARK: Entries

  private mutating func entry(_ entry: FileEntry) -> JSON {
    let action = action(entry.action)
    return JSON.compact([
      "path": .string(entry.path),
      "action": action,
      "executable": entry.isExecutable.map { .string($0 ? "yes" : "no") } ?? .null,
      "mode": JSON(entry.mode.map { Int($0) }),
      "elision_ok": .bool(entry.elisionIsFine),
      "markers_ok": .bool(entry.markersAreFine),
      "was": entry.before.map(before) ?? .null,
      "eol": JSON(entry.endOfLine?.rawValue),
      "frozen": .bool(entry.isFrozen),
      "when": entry.condition.map(condition) ?? .null,
      "mark": JSON(entry.mark),
      "action_mark": JSON(entry.actionMark),
    ])
  }

  private func before(_ before: FileEntry.Before) -> JSON {
    switch before {
    case .absent: "absent"
    case .present: "present"
    case .digest(let digest): ["sha256": JSON(digest)]
    case .symlink(let target): ["symlink": .string(target)]
    }
  }

  private mutating func action(_ action: FileEntry.Action) -> JSON {
    switch action {
    case .content(let text): return ["content": reference(text)]
    case .from(let path): return ["from": .string(path)]
    case .edit(let edits): return ["edit": self.edits(edits)]
    case .patch(let text): return ["patch": reference(text)]
    case .delete: return ["delete": true]
    case .deleteTree: return ["delete_tree": true]
    case .move(let from, let edits):
      return ["move_from": .string(from), "edit": self.edits(edits)]
    case .moveTree(let from): return ["move_tree": .string(from)]
    case .symlink(let target): return ["symlink": .string(target)]
    case .attributes: return ["attributes": true]
    }
  }

  private mutating func edits(_ edits: [Edit]) -> JSON {
    .array(edits.map { edit($0) })
  }

  private mutating func edit(_ edit: Edit) -> JSON {
    func count(_ count: Edit.Count) -> JSON {
      if case .exactly(let number) = count { .integer(number) } else { "all" }
    }
    let mark = JSON(edit.mark)
    switch edit.operation {
    case .replace(let find, let replacement, let times, let extent):
      return [
        "find": reference(find), "replace": reference(replacement), "count": count(times),
        "word": .bool(extent == .words), "block": .bool(extent == .lines), "mark": mark,
      ]
    case .match(let pattern, let replacement, let times):
      return [
        "match": .string(pattern), "with": .string(replacement), "count": count(times),
        "mark": mark,
      ]
    case .insertAfter(let anchor, let text):
      return ["after": reference(anchor), "insert": reference(text), "mark": mark]
    case .insertBefore(let anchor, let text):
      return ["before": reference(anchor), "insert": reference(text), "mark": mark]
    case .append(let text): return ["append": reference(text), "mark": mark]
    case .prepend(let text): return ["prepend": reference(text), "mark": mark]
    case .set(let pointer, let value):
      return ["set": .string(pointer), "value": node(value), "mark": mark]
    }
  }

  /// A value as it was written: whether a scalar was plain decides its type.
  private func node(_ node: Node) -> JSON {
    switch node.value {
    case .scalar(let scalar):
      [scalar.style == .plain ? "plain" : "text": .string(scalar.string)]
    case .sequence(let nodes): ["list": .array(nodes.map(self.node))]
    case .mapping(let pairs):
      ["map": .array(pairs.map { [self.node($0.key), self.node($0.value)] })]
    }
  }

  // MARK: Commands

  private func command(_ command: PlannedCommand) -> JSON {
    let spec = command.spec
    return JSON.compact([
      "kind": .string(command.kind.rawValue),
      "name": .string(command.name),
      "run": .string(spec.run),
      "title": JSON(spec.name),
      "shell": .string(spec.shell.rawValue),
      "timeout": .number(spec.timeout),
      "stdin": spec.input.map { .string(Self.base64($0.decoded())) } ?? .null,
      "network": spec.network.map { .string($0 ? "yes" : "no") } ?? .null,
      "unless": JSON(spec.unless),
      "retries": .integer(spec.retries),
      "inputs": JSON(spec.inputs),
      "exit": exit(spec.exit),
      "stdout": spec.output.map(expected) ?? .null,
      "stderr": spec.errors.map(expected) ?? .null,
      "mark": JSON(spec.mark),
      "cwd": JSON(command.directory?.text),
      "env": JSON(command.environment),
      "pass_env": JSON(command.passEnvironment),
      "path": JSON(command.path),
      "creates": JSON(command.creates?.text),
    ])
  }

  private func exit(_ exit: CommandSpec.ExpectedExit) -> JSON {
    switch exit {
    case .codes(let codes): .array(codes.map { .integer($0) })
    case .nonzero: "nonzero"
    }
  }

  private func expected(_ text: CommandSpec.ExpectedText) -> JSON {
    switch text {
    case .whole(let text): ["whole": .string(text)]
    case .contains(let text): ["contains": .string(text)]
    case .matches(let text): ["matches": .string(text)]
    }
  }
}

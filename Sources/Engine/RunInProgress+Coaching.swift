import Events
import Manifests
import Planning
import Platform
import Records
import Repairing
import Subprocess
import YAMLTree

/// What the tree's notes add to a repair, and what a repair leaves for them.
extension RunInProgress {
  /// The notes for a task. Whatever is wrong with them is said, and stops nothing.
  func coaching(
    _ task: RepairTask, _ records: RepairRecords, _ settings: RepairSettings
  ) throws -> NoteSelection {
    let folder = NoteFolder(tree: workspace.root, folders: settings.configuration.coaching)
    let contents = folder.read()
    if !contents.faults.isEmpty && !hasToldOfNotes {
      let printer = DiagnosticPrinter()
      let first = contents.faults.first.map { printer.line($0) } ?? ""
      let more = contents.faults.count - 1
      stream.send(
        .noted(
          "coaching: \(first)\(more > 0 ? " (and \(more) more)" : ""); mtor coach lint"))
    }
    let isFirst = !hasToldOfNotes
    hasToldOfNotes = true
    if contents.entries.isEmpty { return NoteSelection() }
    let root = workspace.root.path
    let book = NoteBook(
      entries: contents.entries,
      evidence: try records.noteEvidence(of: root, language: SourceLanguage.of),
      checks: try records.noteChecks(of: root), at: Clock.now)
    var selection = NoteSelection(book, step: task.step, files: task.files.map(\.path))
    if isFirst { sayWhatIsLeftOut(book) }
    selection.checks = try allowed(selection.checks, settings)
    return selection
  }

  /// What a file says and does not hold: retired by itself, or a command that nobody has approved.
  private func sayWhatIsLeftOut(_ book: NoteBook) {
    let leftOut = book.standings.filter { $0.status == .retired && $0.why != nil }
    for standing in leftOut.prefix(10) {
      stream.send(
        .noted("coaching: the note '\(standing.note.id)' is not sent: \(standing.why ?? "")"))
    }
    if leftOut.count > 10 {
      stream.send(
        .noted("coaching: and \(leftOut.count - 10) more are not sent: mtor coach lint"))
    }
    let unapproved = book.standings.filter {
      $0.note.check != nil && $0.check == nil && $0.status == .promoted
    }.map(\.note.id)
    if let first = unapproved.first {
      let more = unapproved.count - 10
      let ids =
        unapproved.prefix(10).joined(separator: ", ") + (more > 0 ? " and \(more) more" : "")
      stream.send(
        .noted(
          "coaching: a tree may not have its own commands run; nobody has approved those of "
            + "\(ids) on this machine: mtor coach promote \(first)"))
    }
  }

  /// The commands that may run: in a sandbox, and where the configuration refuses no such command.
  private func allowed(
    _ checks: [NoteSelection.Check], _ settings: RepairSettings
  ) throws -> [NoteSelection.Check] {
    if checks.isEmpty { return [] }
    if settings.isUnsafe || settings.configuration.sandbox == .off {
      if !hasToldOfNoteCommands {
        stream.send(.noted("coaching: commands of notes run in a sandbox only; none is run"))
      }
      hasToldOfNoteCommands = true
      return []
    }
    guard request.commands.others == .refuse else { return checks }
    return checks.filter { check in
      let spec = CommandSpec(run: check.command, mark: Mark(line: 1, column: 1))
      return request.commands.allows(PlannedCommand(kind: .run, name: check.note, spec: spec))
    }
  }

  /// Keeps what a model said beside its repair, or why it gave up, as a note that nobody has
  /// looked at. It lies in the ledger: a model's words write no file into the tree.
  func reflect(
    on text: String?, by model: String?, _ task: RepairTask, _ records: RepairRecords
  ) {
    guard let text,
      let reflection = Reflection(
        said: text, run: id, step: task.step, model: model, files: task.files.map(\.path.text))
    else { return }
    let folder = NoteFolder(
      tree: workspace.root, folders: request.repair?.configuration.coaching ?? [])
    let known = NoteBook(entries: folder.read().entries, at: Clock.now)
    // A note of the tree that says nearly the same is enough.
    if known.twin(of: reflection.text) != nil { return }
    var named = reflection
    var number = 2
    while known.standing(of: named.note) != nil {
      named.note = "\(reflection.note)-\(number)"
      number += 1
    }
    let proposed = named
    do {
      let kept = try records.propose(proposed, root: workspace.root.path) {
        proposed.isTwin(of: $0)
      }
      if kept.isNew {
        stream.send(
          .noted(
            "coaching: proposed as a note, and not sent before you say so: mtor coach show "
              + kept.id))
      }
    } catch {
      stream.send(.noted("coaching: what the model noticed could not be kept: \(error)"))
    }
  }
}

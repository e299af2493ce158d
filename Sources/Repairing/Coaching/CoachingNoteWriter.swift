import YAMLTree

/// Writes a note as a file of its own.
public enum CoachingNoteWriter {
  public static func bytes(of note: CoachingNote) -> [UInt8] {
    var pairs: [Tree.Pair] = [
      .init("id", .text(note.id)), .init("text", .text(note.text)),
      .init("severity", .plain(note.severity.rawValue)),
      .init("origin", .plain(note.origin.rawValue)),
      .init("status", .plain(note.status.rawValue)),
    ]
    let scope = [
      ("paths", note.scope.paths), ("languages", note.scope.languages),
      ("models", note.scope.models), ("steps", note.scope.steps),
    ].filter { !$0.1.isEmpty }
    if !scope.isEmpty {
      pairs.append(
        .init(
          "scope", .map(scope.map { Tree.Pair($0.0, .list($0.1.map { Tree.text($0) })) })))
    }
    if let source = note.source {
      var from = [Tree.Pair("run", .text(source.run))]
      if let step = source.step { from.append(.init("step", .text(step))) }
      if let model = source.model { from.append(.init("model", .text(model))) }
      pairs.append(.init("from", .map(from)))
    }
    if let created = note.created { pairs.append(.init("created", .text(created))) }
    if let expires = note.expires { pairs.append(.init("expires", .text(expires))) }
    if let check = note.check { pairs.append(.init("check", .text(check))) }
    return YAMLWriter.document(pairs)
  }
}

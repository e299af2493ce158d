import Manifests
import YAMLTree

/// The edits of one or several entries as one sequence, each on the result of the one before.
struct EditScript: Transformation {
  private let edits: [(edit: TextEdit, mark: Mark)]
  private let runs: [Range<Int>]

  /// Decodes the edits for a file; newlines in their texts become CRLF where `crlf` says that the
  /// file has no others.
  init(_ edits: [Edit], crlf: Bool) throws(EditFailure) {
    let reader = DocumentReader()
    var decoded: [(TextEdit, Mark)] = []
    decoded.reserveCapacity(edits.count)
    for edit in edits {
      do {
        decoded.append((try Self.decode(edit.operation, crlf: crlf, reader), edit.mark))
      } catch {
        throw error.at(edit.mark)
      }
    }
    self.edits = decoded
    runs = Self.runs(of: decoded)
  }

  /// `set` edits side by side, every other edit alone.
  private static func runs(of edits: [(edit: TextEdit, mark: Mark)]) -> [Range<Int>] {
    var runs: [Range<Int>] = []
    var start = 0
    while start < edits.count {
      var end = start
      while end < edits.count, case .set = edits[end].edit { end += 1 }
      end = max(end, start + 1)
      runs.append(start..<end)
      start = end
    }
    return runs
  }

  /// What several `set` edits make together, which costs one reading of the file and not one for
  /// each; nil where they must be made one by one.
  private func together(
    _ run: Range<Int>, on bytes: [UInt8]
  ) -> (standing: [Int], result: [UInt8])? {
    if run.count < 2 { return nil }
    let values = edits[run].compactMap { edit in
      if case .set(let value) = edit.edit { value } else { nil }
    }
    guard let made = ValueEdit.together(values, on: bytes) else { return nil }
    return (made.standing.map { $0 + run.lowerBound }, made.result)
  }

  private static func decode(
    _ operation: Edit.Operation, crlf: Bool, _ reader: DocumentReader
  ) throws(EditFailure) -> TextEdit {
    func bytes(_ text: Text) -> [UInt8] { crlf ? text.decoded().withCRLF : text.decoded() }
    func search(_ text: Text, _ key: String) throws(EditFailure) -> ByteSearch {
      guard let search = ByteSearch(bytes(text)) else {
        throw EditFailure("edit-empty", "'\(key)' is empty", hint: "write the text to look for")
      }
      return search
    }
    switch operation {
    case .replace(let find, let replacement, let count, let extent):
      return .replace(
        find: try search(find, "find"), with: bytes(replacement), count: count, extent: extent)
    case .insertAfter(let anchor, let text):
      return .insert(anchor: try search(anchor, "after"), text: bytes(text), isAfter: true)
    case .insertBefore(let anchor, let text):
      return .insert(anchor: try search(anchor, "before"), text: bytes(text), isAfter: false)
    case .append(let text): return .append(bytes(text))
    case .prepend(let text): return .prepend(bytes(text))
    case .match(let text, let replacement, let count):
      return try match(text, replacement, count, crlf: crlf)
    case .set(let pointer, let value): return .set(try ValueEdit(pointer, value, reader: reader))
    }
  }

  private static func match(
    _ text: String, _ replacement: String, _ count: Edit.Count, crlf: Bool
  ) throws(EditFailure) -> TextEdit {
    // A pattern that names the carriage return itself is about the bytes as they are.
    let readsLF = crlf && !Self.namesCarriageReturn(text)
    do throws(PatternError) {
      let pattern = try Pattern(text)
      let template = try ReplacementTemplate(
        crlf && !readsLF ? replacement.replacingNewlines : replacement, for: pattern)
      return .match(pattern, with: template, count: count, readsLF: readsLF)
    } catch {
      throw EditFailure("pattern", "the pattern cannot be used: \(error.message)")
    }
  }

  private static func namesCarriageReturn(_ pattern: String) -> Bool {
    pattern.utf8.contains(0x0D)
      || ["\\r", "\\R", "\\x0", "\\x{", "\\cM", "\\015"].contains { pattern.contains($0) }
  }

  /// Applies every edit, whether it stands already or not.
  func applied(to bytes: [UInt8]) throws(EditFailure) -> [UInt8] {
    var result = bytes
    for run in runs {
      if let made = together(run, on: result) {
        result = made.result
        continue
      }
      for (edit, mark) in edits[run] {
        do {
          result = try edit.applied(to: result)
        } catch {
          throw error.at(mark)
        }
      }
    }
    return result
  }

  /// The bytes from which the whole script makes these; nil where it does not stand in them.
  func unapplied(from bytes: [UInt8]) -> [UInt8]? {
    var result = bytes
    for run in runs.reversed() {
      if let made = together(run, on: result) {
        if made.standing.count < run.count { return nil }
        continue
      }
      for (edit, _) in edits[run].reversed() {
        guard let before = edit.unapplied(from: result) else { return nil }
        result = before
      }
    }
    // The proof: an edit may be seen where another one made its text.
    do {
      return try applied(to: result) == bytes ? result : nil
    } catch {
      return nil
    }
  }

  /// Decides by position alone, without memory, what is to do: all, nothing, or a mix, which is
  /// an error.
  func evaluated(on bytes: [UInt8]) throws(EditFailure) -> TransformationOutcome {
    if unapplied(from: bytes) != nil {
      try refuseUnclear(bytes)
      return .stands
    }
    var result = bytes
    var standing: [Int] = []
    var failure: EditFailure?
    for run in runs {
      if let made = together(run, on: result) {
        standing += made.standing
        result = made.result
        continue
      }
      for index in run {
        let (edit, mark) = edits[index]
        // What an edit before it has just made is nothing that stood.
        if edit.unapplied(from: result) != nil, edit.unapplied(from: bytes) != nil {
          standing.append(index)
          continue
        }
        do {
          result = try edit.applied(to: result)
        } catch {
          failure = failure ?? error.at(mark)
        }
      }
    }
    if !standing.isEmpty { throw mix(standing) }
    if let failure { throw failure }
    return .changed(result)
  }

  /// Throws where several replacements could have made these bytes, and could as well be made on
  /// them: a swap by way of a third text is its own reverse.
  private func refuseUnclear(_ bytes: [UInt8]) throws(EditFailure) {
    guard edits.count > 1 else { return }
    let isOpen = edits.contains { edit, _ in
      if case .replace = edit { edit.unapplied(from: bytes) == nil } else { false }
    }
    guard isOpen else { return }
    do {
      if try applied(to: bytes) == bytes { return }
    } catch {
      return
    }
    throw EditFailure(
      "conflict-mix", "the edits can be made, and could have made what stands: which is unclear",
      hint: "write one edit for the text that they share", mark: edits[0].mark)
  }

  private func mix(_ standing: [Int]) -> EditFailure {
    if standing.count == edits.count {
      return EditFailure(
        "conflict-mix", "each edit stands in the file, but not one on the result of the other",
        hint: "write one edit for the lines that they share", mark: edits.first?.mark)
    }
    let names = standing.map { String($0 + 1) }.joined(separator: ", ")
    return EditFailure(
      "conflict-mix",
      "of \(edits.count) edits \(standing.count == 1 ? "one stands" : "\(standing.count) stand") "
        + "in the file already (\(names)), the others do not",
      hint: "remove what stands from the entry, or take it out of the file",
      mark: edits[standing[0]].mark)
  }
}

extension EditFailure {
  /// The failure at a place of the manifest, unless it has one.
  func at(_ mark: Mark) -> EditFailure {
    var failure = self
    failure.mark = failure.mark ?? mark
    return failure
  }
}

extension String {
  /// With CRLF in place of every lone LF.
  fileprivate var replacingNewlines: String {
    String(decoding: Array(utf8).withCRLF, as: UTF8.self)
  }
}

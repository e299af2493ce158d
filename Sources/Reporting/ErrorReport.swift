public import Platform
public import YAMLTree

/// What ended a command before it had a result, in the one shape of all errors.
public enum ErrorReport {
  /// `{"ok": false, "error": {"code", "message", "location", "hint"}}`.
  public static func json(
    code: String, message: String, hint: String? = nil, file: String? = nil, mark: Mark? = nil
  ) -> JSON {
    var location = JSON.null
    if let file {
      var members = [JSON.Member("file", .string(file))]
      if let mark {
        members.append(JSON.Member("line", .integer(mark.line)))
        members.append(JSON.Member("column", .integer(mark.column)))
      }
      location = .object(members)
    }
    return [
      "ok": false,
      "error": [
        "code": .string(code), "message": .string(message), "location": location,
        "hint": JSON(hint),
      ],
    ]
  }

  /// The same for several faults: the first is the error, all of them are `diagnostics`.
  public static func json(code: String, _ diagnostics: [Diagnostic]) -> JSON {
    let first = diagnostics.first { $0.severity == .error } ?? diagnostics.first
    var report = json(
      code: code, message: first?.message ?? "no reason is known", hint: first?.hint,
      file: first?.file, mark: first?.mark)
    if case .object(var members) = report {
      members.append(JSON.Member("diagnostics", .array(diagnostics.map(\.json))))
      report = .object(members)
    }
    return report
  }

  /// `error: message`, and what to do on a line of its own.
  ///
  /// Folded where a terminal is narrower; `width` is nil where there is none.
  public static func text(
    message: String, hint: String? = nil, _ style: Style, width: Int? = nil
  ) -> String {
    func line(_ margin: String, _ meaning: Style.Meaning, _ word: String, _ text: String) -> String
    {
      let used = margin.count + word.count + 2
      let text = Printable.escaped(text)
      let lines =
        width.map { Columns.wrapped(text, to: max(20, $0 - used), indent: 0) } ?? [text]
      let rest = "\n" + String(repeating: " ", count: used)
      return margin + style(meaning, word) + ": " + lines.joined(separator: rest) + "\n"
    }
    return line("", .bad, "error", message) + (hint.map { line(" = ", .good, "help", $0) } ?? "")
  }
}

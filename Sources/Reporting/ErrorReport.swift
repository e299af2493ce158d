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
  public static func text(message: String, hint: String? = nil, _ style: Style) -> String {
    let help = hint.map { " = " + style(.good, "help") + ": " + Printable.escaped($0) + "\n" }
    return style(.bad, "error") + ": " + Printable.escaped(message) + "\n" + (help ?? "")
  }
}

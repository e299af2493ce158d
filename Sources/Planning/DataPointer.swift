import YAMLTree

/// Names one value of a JSON, YAML or TOML text (RFC 6901), to read it.
package struct DataPointer: Sendable, Hashable {
  /// As it was written.
  package let text: String
  private let tokens: [String]

  /// Why a text is no pointer, a file no document, or a value not there; one sentence.
  package struct Fault: Error, Hashable, Sendable {
    package let message: String
    package let hint: String?

    package init(_ message: String, hint: String? = nil) {
      self.message = message
      self.hint = hint
    }

    init(_ failure: EditFailure) { self.init(failure.message, hint: failure.hint) }
  }

  package init(_ text: String) throws(Fault) {
    do throws(EditFailure) {
      tokens = try JSONPointer(text).tokens
    } catch {
      throw Fault(error)
    }
    self.text = text
  }

  /// The value that it names in a document; the fault says how far it leads.
  package func value(in document: DataValue) throws(Fault) -> DataValue {
    var value = document
    var known = ""
    for token in tokens {
      guard let child = value.child(token) else {
        throw Fault(
          "'\(Excerpt.short(text))' finds nothing: what it names ends at "
            + "'\(Excerpt.short(known.isEmpty ? "/" : known))'",
          hint: value.names.isEmpty
            ? nil
            : "known there: \(value.names.prefix(8).map(Excerpt.short).joined(separator: ", "))"
        )
      }
      value = child
      known += "/" + token
    }
    return value
  }
}

extension DataValue {
  /// Reads a JSON text.
  package static func read(json bytes: [UInt8]) throws(DataPointer.Fault) -> DataValue {
    do throws(EditFailure) { return try JSONScanner.read(bytes).value } catch {
      throw DataPointer.Fault(error.message)
    }
  }

  /// Reads a YAML text of the subset that manifests have.
  package static func read(yaml bytes: [UInt8]) throws(DataPointer.Fault) -> DataValue {
    let diagnostics = Diagnostics(SourceText(name: "", bytes: bytes))
    guard let document = Document.read(diagnostics.source, into: diagnostics),
      !diagnostics.hasErrors
    else {
      let first = diagnostics.sorted.first { $0.severity == .error }
      let place = first?.mark.map { "line \($0.line): " } ?? ""
      throw DataPointer.Fault(
        "it is not YAML that mtor reads: \(place)\(first?.message ?? "not valid")")
    }
    return DataValue(document.root)
  }

  /// The text of a scalar as it stands in the file; nil for null, a list or a mapping.
  package var scalarText: String? {
    switch self {
    case .bool(let bool): bool ? "true" : "false"
    case .number(let text), .string(let text): text
    case .null, .list, .map: nil
    }
  }

  /// What it is, in words.
  package var kind: String {
    switch self {
    case .null: "null"
    case .bool, .number, .string: "a text"
    case .list: "a list"
    case .map: "a mapping"
    }
  }

  fileprivate func child(_ token: String) -> DataValue? {
    switch self {
    case .list(let values):
      guard let index = JSONPointer.index(token, count: values.count), index < values.count else {
        return nil
      }
      return values[index]
    case .map(let members): return members.first { $0.key.utf8.elementsEqual(token.utf8) }?.value
    default: return nil
    }
  }

  fileprivate var names: [String] {
    if case .map(let members) = self { members.map(\.key) } else { [] }
  }
}

import Platform
public import YAMLTree

/// A manifest made from another notation, with what was understood of it.
public struct Imported: Sendable {
  /// How a part was read: where it stands in the source and what became of it.
  public struct Remark: Sendable, Hashable {
    public let line: Int?
    public let text: String

    public init(_ text: String, line: Int? = nil) {
      self.text = text
      self.line = line
    }
  }

  public var manifest: Manifest
  public var remarks: [Remark]

  public init(manifest: Manifest, remarks: [Remark]) {
    self.manifest = manifest
    self.remarks = remarks
  }
}

/// Makes manifests from what people have. Nothing is guessed in silence: every part is either in
/// the manifest, or left out with a remark, or a fault.
public enum Importer {
  /// The notations that are read from a text.
  public enum Kind: String, CaseIterable, Sendable {
    /// A specification or a chat reply in Markdown whose blocks name their files.
    case markdown = "md"
    /// `FILE:`, `END_FILE`, `RUN:`, `FIX_IF_FAILING`, `COMMIT:`.
    case files
    /// A unified diff, such as git writes it.
    case diff
    /// The `*** Begin Patch` envelope.
    case envelope = "patch"
  }

  /// The notation that a text is in, as its lines tell.
  public static func kind(of bytes: [UInt8]) -> Kind {
    var hasFile = false
    var previous: ArraySlice<UInt8> = []
    for line in Lines(bytes) {
      let text = line.withoutLineEnd
      if text.starts(with: Array("```".utf8)) || text.starts(with: Array("~~~".utf8)) {
        return .markdown
      }
      if text.elementsEqual("*** Begin Patch".utf8) { return .envelope }
      if text.starts(with: Array("diff --git ".utf8)) { return .diff }
      if text.starts(with: Array("+++ ".utf8)), previous.starts(with: Array("--- ".utf8)) {
        return .diff
      }
      if text.starts(with: Array("FILE:".utf8)) { hasFile = true }
      if text.elementsEqual("END_FILE".utf8), hasFile { return .files }
      previous = text
    }
    return hasFile ? .files : .markdown
  }

  /// Reads a text; `name` is what the manifest shall be called, made fit for a name.
  public static func read(
    _ source: SourceText, from kind: Kind? = nil, name: String
  ) throws(DiagnosticList) -> Imported {
    let diagnostics = Diagnostics(source)
    // The line ends of a diff or a file are content, where they are not all the same.
    guard let text = source.checked(Limits(), into: diagnostics, keepsMixedLineEnds: true) else {
      throw DiagnosticList(diagnostics.sorted)
    }
    var manifest = Manifest(
      source: source, digest: Digest(of: source.bytes), name: Self.name(from: name))
    manifest.isWhole = true
    var draft = ImportDraft(source: text, diagnostics: diagnostics, manifest: manifest)
    switch kind ?? Self.kind(of: text.bytes) {
    case .markdown: MarkdownImport.read(into: &draft)
    case .files: FileFormatImport.read(into: &draft)
    case .diff: DiffImport.read(text.bytes[...], firstLine: 1, isSource: true, into: &draft)
    case .envelope: EnvelopeImport.read(text.bytes[...], firstLine: 1, into: &draft)
    }
    draft.finish()
    guard !diagnostics.hasErrors else { throw DiagnosticList(diagnostics.sorted) }
    return Imported(manifest: draft.manifest, remarks: draft.remarks)
  }

  /// A manifest's name from any text; `imported` where nothing of it can stand in one.
  public static func name(from text: String) -> String {
    let slug = MarkdownStep.slug(text)
    return slug.isEmpty ? "imported" : slug
  }
}

/// A manifest in the making.
struct ImportDraft {
  let source: SourceText
  let diagnostics: Diagnostics
  var manifest: Manifest
  var remarks: [Imported.Remark] = []
  /// Where each path of the current step was named first.
  private var places: [String: Int] = [:]
  /// The ids that are taken, and the last number that was given to one.
  private var ids: Set<String> = []
  private var counts: [String: Int] = [:]

  init(source: SourceText, diagnostics: Diagnostics, manifest: Manifest) {
    self.source = source
    self.diagnostics = diagnostics
    self.manifest = manifest
  }

  mutating func remark(_ text: String, line: Int? = nil) {
    remarks.append(Imported.Remark(text, line: line))
  }

  mutating func openStep(_ id: String, line: Int = 1) {
    manifest.steps.append(Step(id: unusedID(id), mark: Mark(line: line, column: 1)))
    places = [:]
  }

  /// An id that no step has yet, and that none has after this.
  mutating func unusedID(_ id: String) -> String {
    if ids.insert(id).inserted { return id }
    while true {
      let count = counts[id, default: 1] + 1
      counts[id] = count
      if ids.insert("\(id)-\(count)").inserted { return "\(id)-\(count)" }
    }
  }

  /// Adds to the last step, which is made if there is none.
  mutating func change(_ body: (inout Step) -> Void) {
    if manifest.steps.isEmpty { openStep("import") }
    body(&manifest.steps[manifest.steps.count - 1])
  }

  /// Adds what becomes of a path; false if the path cannot be, which was reported.
  @discardableResult
  mutating func add(
    _ action: FileEntry.Action, at path: String, line: Int,
    _ options: (inout FileEntry) -> Void = { _ in }
  ) -> Bool {
    let mark = Mark(line: line, column: 1)
    do throws(PathFault) {
      _ = try RelativePath(path)
    } catch {
      diagnostics.error(error.rule, error.message, at: mark, hint: error.hint)
      return false
    }
    if manifest.steps.isEmpty { openStep("import") }
    if let first = places[path] {
      diagnostics.error(
        "path-twice", "'\(Printable.escaped(path))' is written twice", at: mark,
        notes: [.init("the first one", at: Mark(line: first, column: 1))],
        hint: "remove the one that does not count")
      return false
    }
    places[path] = line
    var entry = FileEntry(path: path, action: action, mark: mark, actionMark: mark)
    options(&entry)
    change { $0.files.append(entry) }
    return true
  }

  mutating func fault(_ rule: String, _ message: String, line: Int, hint: String) {
    diagnostics.error(rule, message, at: Mark(line: line, column: 1), hint: hint)
  }

  /// A manifest that says nothing is no result.
  mutating func finish() {
    let isEmpty = manifest.steps.allSatisfy {
      $0.files.isEmpty && $0.run.isEmpty && $0.tests.isEmpty
    }
    if isEmpty, !diagnostics.hasErrors {
      diagnostics.error(
        "import-empty", "nothing in it could be read as a file, a change or a command", at: nil,
        hint: "name the files of its blocks, or say what it is by --from "
          + Importer.Kind.allCases.map(\.rawValue).joined(separator: "|"))
      for remark in remarks {
        diagnostics.report(
          .note, "import-remark", remark.text, at: remark.line.map { Mark(line: $0, column: 1) })
      }
    }
  }
}

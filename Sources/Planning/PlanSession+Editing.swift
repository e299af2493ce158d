import Manifests
import Platform
import YAMLTree

extension PlanSession {
  /// Plans an `edit` or a `patch`.
  ///
  /// Memory is asked first, since it is exact; by position is decided only where mtor does not
  /// know the file.
  func transformed(_ entry: ResolvedEntry) throws(EntryFault) -> PlannedFile {
    let present = try regular(entry)
    let declared = Declaration.digest(of: entry)
    if let file = try standing(entry, present, declared) { return file }
    let bytes = try bytes(of: entry.path, present)
    let start = try start(of: entry, present, bytes)
    let result = try result(of: entry, on: bytes, from: start)
    let before = try state(entry.path, present, bytes: bytes)
    guard let result, result != bytes else {
      return try unchanged(entry, present, digest: before.digest, declared: declared)
    }
    try checkBefore(entry, holding: .regular(before))
    let (mode, isExecutable) = mode(for: entry.entry, on: present)
    let after = RegularFile(
      digest: Digest(of: result), size: result.count, mode: mode, isExecutable: isExecutable,
      content: Text(result))
    try authorise(
      entry.path, .regular(present), holding: .regular(before), writing: .regular(after),
      guardedByMatch: true)
    return file(
      entry, .edited, before: .regular(before), after: .regular(after), declared: declared)
  }

  /// The file unchanged where memory says that the entry's result stands.
  private func standing(
    _ entry: ResolvedEntry, _ present: PresentFile, _ declared: Digest?
  ) throws(EntryFault) -> PlannedFile? {
    if let file = try remembered(entry, present, declared) { return file }
    guard case .inTree = present, links(of: entry.path) == nil, let declared else { return nil }
    let digest = try digest(of: entry.path, present)
    let path = entry.path
    guard try stands(path, declared, digest) else { return nil }
    return try unchanged(entry, present, digest: digest, declared: declared)
  }

  /// Where the bytes come from that an entry is applied to.
  private enum Start {
    /// The present ones; whether the entry stands in them is decided by position.
    case present
    /// Those from before mtor's own earlier result.
    case original([UInt8])
    /// The same, but the copy is gone with that run.
    case gone(run: String)
  }

  private func start(
    of entry: ResolvedEntry, _ present: PresentFile, _ bytes: [UInt8]
  ) throws(EntryFault) -> Start {
    guard case .inTree = present else { return .present }
    let path = entry.path
    if writtenBefore.contains(path) { return .present }
    if let chain = standings[path] {
      // Behind a link that stands the present bytes are the ones to go on from.
      return chain.original.map { .original($0) } ?? .present
    }
    let name = plan.manifestName
    let digest = Digest(of: bytes)
    let original = try ask { owner in
      guard let source = entry.source else {
        return try owner.original(of: path, holding: digest, manifest: name)
      }
      return try owner.original(
        of: path, movedFrom: source, holding: digest, manifest: name)
    }
    switch original {
    case .unknown, .absent: return .present
    case .bytes(let original): return .original(original)
    case .gone(let run):
      // Whether the entry's own result stands is no question where a repair does.
      if let declared = Declaration.digest(of: entry), try isRepaired(path, declared, digest) {
        throw EntryFault(
          .conflict, "conflict-original",
          "'\(path)' holds a repair, and the bytes from before run \(run) are gone",
          hint: "put the file back by hand, or write it whole by 'content'")
      }
      return .gone(run: run)
    }
  }

  /// The bytes that the entry makes; nil where they stand.
  private func result(
    of entry: ResolvedEntry, on bytes: [UInt8], from start: Start
  ) throws(EntryFault) -> [UInt8]? {
    do throws(EditFailure) {
      switch start {
      case .original(let original):
        return try proved(entry, try transformation(entry, for: original).applied(to: original))
      case .present:
        switch try transformation(entry, for: bytes).evaluated(on: bytes) {
        case .stands: return nil
        case .changed(let result): return try proved(entry, result)
        }
      case .gone(let run):
        if try transformation(entry, for: bytes).unapplied(from: bytes) != nil { return nil }
        throw EditFailure(
          "conflict-original",
          "'\(entry.path)' holds what an earlier version of this entry left in run \(run), and the "
            + "bytes from before it are gone",
          hint: "put the file back by hand, or write it whole by 'content'")
      }
    } catch {
      throw EntryFault(error.at(entry.entry.actionMark))
    }
  }

  private func proved(
    _ entry: ResolvedEntry, _ result: [UInt8]
  ) throws(EditFailure) -> [UInt8] {
    try transformation(entry, for: result).proveIdempotent(on: result)
    return result
  }

  /// What an entry does to a file of these bytes.
  func transformation(
    _ entry: ResolvedEntry, for bytes: [UInt8]
  ) throws(EditFailure) -> any Transformation {
    switch entry.entry.action {
    case .content(let text):
      let content = text.decoded()
      return WholeFile(content: entry.entry.endOfLine == .crlf ? content.withCRLF : content)
    case .edit(let edits), .move(_, let edits):
      return try EditScript(edits, crlf: bytes.hasOnlyCRLF)
    case .patch where entry.patch != nil:
      return PatchScript(entry.patch ?? FilePatch(), crlf: bytes.hasOnlyCRLF)
    default:
      throw EditFailure("edit-unsupported", "this kind of entry is not known")
    }
  }

  // MARK: Chains

  /// How many entries of a chain the present bytes are the result of.
  func chainStanding(
    _ links: [Chains.Link], _ present: PresentFile, _ digest: Digest
  ) throws(EntryFault) -> ChainStanding {
    let path = links[0].entry.path
    for (index, link) in links.enumerated().reversed() {
      guard let declared = link.declared, let run = try repair(of: path, declared, digest) else {
        continue
      }
      return ChainStanding(done: index + 1, repairedIn: run)
    }
    for count in stride(from: links.count, to: 1, by: -1) where !options.declared {
      let declared = links[..<count].compactMap(\.declared)
      guard declared.count == count,
        let run = try ask({ try $0.repair(of: path, below: declared, present: digest) })
      else { continue }
      return ChainStanding(done: count, repairedIn: run)
    }
    var start: [UInt8]?
    var isOriginal = false
    if case .content = links[0].entry.entry.action {
      start = []
    } else if !writtenBefore.contains(path) {
      let name = plan.manifestName
      if case .bytes(let original) = try ask({
        try $0.original(of: path, holding: digest, manifest: name)
      }) {
        (start, isOriginal) = (original, true)
      }
    }
    guard let start else {
      return ChainStanding(done: standingByPosition(links, try bytes(of: path, present)))
    }
    let done = standingByResult(links, from: start, digest)
    return ChainStanding(done: done, original: isOriginal && done == 0 ? start : nil)
  }

  /// The last link whose result, computed from the beginning, is the present bytes.
  private func standingByResult(
    _ links: [Chains.Link], from start: [UInt8], _ digest: Digest
  ) -> Int {
    var bytes = start
    var done = 0
    for (index, link) in links.enumerated() {
      do {
        bytes = try transformation(link.entry, for: bytes).applied(to: bytes)
      } catch {
        // What does not apply has no result; the entry itself will say why.
        return done
      }
      if Digest(of: bytes) == digest { done = index + 1 }
    }
    return done
  }

  /// The last link that can be taken back, with all before it, from the present bytes.
  private func standingByPosition(_ links: [Chains.Link], _ present: [UInt8]) -> Int {
    for done in stride(from: links.count, to: 0, by: -1) {
      var bytes: [UInt8]? = present
      for link in links[..<done].reversed() {
        guard let after = bytes else { break }
        do {
          bytes = try transformation(link.entry, for: after).unapplied(from: after)
        } catch {
          bytes = nil
        }
      }
      if bytes != nil { return done }
    }
    return 0
  }
}

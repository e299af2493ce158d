public import Planning
public import Platform
import YAMLTree

/// What mtor left at each path, and why: the journals of the undo store and what was distilled
/// from those that are gone.
///
/// There is no other record. So what a run added to it goes when the run is undone, and what
/// counted before counts again.
public final class Memory {
  /// One change of one path.
  struct Fact {
    var run: String
    var manifest: String
    var operation: Operation
    /// The folder of the undo store that holds the old bytes; nil where it is gone.
    var store: String?
  }

  private let state: StateFolder
  private var facts: [RelativePath: [Fact]] = [:]
  /// How many facts of a path outlive the undo store.
  private static let longest = 16

  init(state: StateFolder) throws(TreeError) {
    self.state = state
    if let body = try state.readSealed(StateFolder.Names.memory, kind: "memory") {
      try add(body)
    }
    for name in try state.doneNames() { add(try state.journal(in: name), store: name) }
  }

  private func add(_ body: ArraySlice<UInt8>) throws(TreeError) {
    var header: TransactionHeader?
    do throws(SealedFile.Fault) {
      try JournalLines.read(body) {
        header = $0
      } operation: { operation in
        if let header { add(operation, header, store: nil) }
      }
    } catch {
      throw state.fault(error, in: StateFolder.Names.memory)
    }
  }

  private func add(_ journal: Journal, store: String?) {
    for operation in journal.operations { add(operation, journal.header, store: store) }
  }

  private func add(_ operation: Operation, _ header: TransactionHeader, store: String?) {
    if operation.kind == .makeFolder || operation.kind == .removeFolder { return }
    facts[operation.path, default: []].append(
      Fact(run: header.run, manifest: header.manifest, operation: operation, store: store))
  }

  // MARK: Questions

  /// True if what stands there is what mtor itself last left at the path.
  public func isOurs(_ path: RelativePath, holding present: FileState) -> Bool {
    guard let last = facts[path]?.last else { return false }
    return last.operation.leaves(present)
  }

  /// See `Ownership.original(of:holding:manifest:)`.
  public func original(
    of path: RelativePath, holding present: Digest, manifest: String
  ) throws(TreeError) -> Original {
    let chain = chain(of: path, holding: present)
    guard let first = chain.first, first.manifest == manifest else { return .unknown }
    return try original(in: first)
  }

  /// See `Ownership.original(of:movedFrom:holding:manifest:)`.
  public func original(
    of path: RelativePath, movedFrom source: RelativePath, holding present: Digest,
    manifest: String
  ) throws(TreeError) -> Original {
    let chain = chain(of: path, holding: present)
    guard let first = chain.first, first.manifest == manifest else { return .unknown }
    // The run that put the file there took it away from its source.
    let taken = facts[source]?.last {
      $0.run == first.run && $0.manifest == manifest && $0.operation.new == nil
    }
    guard let taken else { return .unknown }
    return try original(in: taken)
  }

  /// What stood at a path before a change of it.
  private func original(in first: Fact) throws(TreeError) -> Original {
    guard let old = first.operation.old else { return .absent }
    guard old.kind == .regular else { return .unknown }
    guard let store = first.store else { return .gone(run: first.run) }
    let name = "\(store)/\(StateFolder.Names.store)/\(first.operation.slot)"
    guard let bytes = try state.read(name), Digest(of: bytes) == old.digest else {
      return .gone(run: first.run)
    }
    return .bytes(bytes)
  }

  /// See `Ownership.repair(of:declared:present:)`.
  public func repair(of path: RelativePath, declared: Digest, present: Digest) -> String? {
    chain(of: path, holding: present).last {
      $0.operation.kind != .note
    }.flatMap {
      $0.operation.isRepair && $0.operation.declared == declared ? $0.run : nil
    }
  }

  /// See `Ownership.isRewrittenAndRepaired(_:declared:present:)`.
  public func isRewrittenAndRepaired(
    _ path: RelativePath, declared: Digest, present: Digest
  ) -> Bool {
    repair(of: path, declared: declared, present: present) != nil
      && chain(of: path, holding: present).contains {
        $0.operation.kind == .note && $0.operation.declared == declared
      }
  }

  /// What a repair of these declared bytes, of which the present ones are the result, was made on;
  /// nil where no repair stands exactly so.
  public func base(
    ofRepairAt path: RelativePath, declared: Digest, present: Digest
  ) -> Digest? {
    let facts = chain(of: path, holding: present)
    guard let last = facts.last(where: { !$0.operation.isOfMode })?.operation, last.isRepair,
      last.kind != .note, last.declared == declared
    else { return nil }
    return last.old?.digest
  }

  /// See `Ownership.repair(of:below:present:)`.
  public func repair(
    of path: RelativePath, below declared: [Digest], present: Digest
  ) -> String? {
    var made: [(declared: Digest?, repairedIn: String?)] = []
    for fact in chain(of: path, holding: present) {
      let operation = fact.operation
      guard operation.kind != .note, operation.isOfEntry else { continue }
      if operation.isRepair, let last = made.last, last.declared == operation.declared {
        made[made.count - 1].repairedIn = fact.run
      } else {
        made.append((operation.declared, operation.isRepair ? fact.run : nil))
      }
    }
    let last = made.suffix(declared.count)
    guard last.map(\.declared) == declared.map(Optional.init) else { return nil }
    return last.compactMap(\.repairedIn).last
  }

  /// The paths at which a repair of the manifest of this name was the last that was done.
  public func repairs(of manifest: String) -> Set<RelativePath> {
    Set(
      facts.compactMap { path, all in
        guard let last = all.last(where: { !$0.operation.isOfMode }), last.operation.isRepair,
          last.manifest == manifest
        else {
          return nil
        }
        return path
      })
  }

  /// See `Ownership.isResult(of:declared:present:)`.
  public func isResult(of path: RelativePath, declared: Digest, present: Digest) -> Bool {
    let last = chain(of: path, holding: present).last { $0.operation.isOfEntry }
    return last?.operation.declared == declared
  }

  /// See `Ownership.starts(of:attempt:besides:)`.
  public func starts(
    of manifests: Set<String>, attempt: Int, besides run: String?
  ) throws(TreeError) -> [ReplayStart]? {
    var runs: Set<String> = []
    for fact in facts.values.joined() where manifests.contains(fact.manifest) {
      if fact.run != run { runs.insert(fact.run) }
    }
    // A run's id begins with its time.
    let ordered = runs.sorted(by: >)
    guard attempt < ordered.count else { return nil }
    var starts: [ReplayStart] = []
    for (path, all) in facts {
      guard let last = all.last, last.run >= ordered[attempt],
        let first = first(in: all, of: manifests, since: ordered[attempt])
      else { continue }
      guard let before = try state(before: first) else { return nil }
      starts.append(ReplayStart(path: path, before: before, left: last.operation.new?.digest))
    }
    return starts
  }

  /// The oldest fact of these manifests since a run from which an unbroken line leads to the last.
  private func first(in all: [Fact], of manifests: Set<String>, since run: String) -> Fact? {
    var first: Fact?
    for fact in all.reversed() {
      guard manifests.contains(fact.manifest), fact.run >= run else { break }
      if let first {
        let (left, found) = (fact.operation.new, first.operation.old)
        guard left?.kind == found?.kind, left?.digest == found?.digest else { break }
      }
      first = fact
    }
    return first
  }

  /// What stood at a path before a change of it; nil where that is gone.
  private func state(before fact: Fact) throws(TreeError) -> FileState? {
    guard let old = fact.operation.old else { return .absent }
    guard let store = fact.store else { return nil }
    let name = "\(store)/\(StateFolder.Names.store)/\(fact.operation.slot)"
    switch old.kind {
    case .folder: return nil
    case .symlink:
      guard let target = try state.linkTarget(name), Digest(of: target.utf8) == old.digest else {
        return nil
      }
      return .symlink(target: target)
    case .regular:
      guard let bytes = try state.read(name), Digest(of: bytes) == old.digest else { return nil }
      return .regular(
        RegularFile(
          digest: old.digest, size: bytes.count, mode: old.mode,
          isExecutable: old.mode & 0o111 != 0, content: Text(bytes)))
    }
  }

  /// What was last done at the path; nil where mtor did nothing there.
  func lastFact(_ path: RelativePath) -> Fact? { facts[path]?.last }

  /// The facts of one manifest's entries that led to the present bytes, the oldest first: each found
  /// what the one before had left. Empty where the present bytes are not what an entry left.
  ///
  /// What a command wrote is where the entries begin, unless it only went over what an entry had
  /// left in the same run.
  private func chain(of path: RelativePath, holding present: Digest) -> ArraySlice<Fact> {
    guard let all = facts[path], let last = all.last,
      last.operation.new?.digest == present
    else { return [] }
    var start = all.count - 1
    if last.operation.isOfCommand {
      guard
        let entry = all.lastIndex(where: { !$0.operation.isOfCommand }), all[entry].run == last.run
      else { return [] }
    }
    while start > 0 {
      let earlier = all[start - 1]
      guard earlier.manifest == last.manifest,
        all[start].operation.isOfCommand || !earlier.operation.isOfCommand,
        let left = earlier.operation.new, let found = all[start].operation.old,
        left.kind == found.kind, left.digest == found.digest
      else { break }
      start -= 1
    }
    return all[start...]
  }

  // MARK: Keeping

  /// The sealed file's body when these folders of the undo store go.
  func distilled(dropping names: Set<String>) -> [UInt8] {
    var bytes = SealedFile.heading("memory")
    var lastHeader: TransactionHeader?
    for (_, all) in facts.sorted(by: { $0.key < $1.key }) {
      for fact in all.filter({ $0.store.map(names.contains) ?? true }).suffix(Self.longest) {
        let header = TransactionHeader(run: fact.run, manifest: fact.manifest, step: "")
        if header != lastHeader { JournalLines.append(header, to: &bytes) }
        lastHeader = header
        JournalLines.append(fact.operation, to: &bytes)
      }
    }
    return bytes
  }
}

extension Operation {
  /// True for what an entry did to the bytes, rather than to the mode or by a command.
  fileprivate var isOfEntry: Bool {
    if isOfCommand { return false }
    return declared != nil || old?.digest != new?.digest
  }

  /// True for a note of what a command made of the mode alone.
  fileprivate var isOfMode: Bool {
    guard kind == .note, let old, let new else { return false }
    return new.hasContent(of: old)
  }

  /// True for what a command wrote to one of a step's `outputs`: no entry declared it.
  fileprivate var isOfCommand: Bool {
    guard declared == nil, !isRepair, kind != .note, new?.kind == .regular else { return false }
    return action == .created || action == .replaced
  }

  /// True if this operation left what `state` says.
  func leaves(_ state: FileState) -> Bool {
    switch state {
    case .absent: new == nil
    case .regular(let file): new?.kind == .regular && new?.digest == file.digest
    case .symlink(let target):
      new?.kind == .symlink && new?.digest == Digest(of: target.utf8)
    }
  }
}

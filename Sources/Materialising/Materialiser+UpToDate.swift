public import Planning
public import Platform

extension Materialiser {
  /// What can be kept of a run that has ended well: its manifests without commands, each of their
  /// files as it stands now.
  public struct Ending {
    /// What was asked for, by which the record is found.
    public var request: Digest
    /// What the plans rest on besides the declared files.
    public var identity: Digest
    public var manifestName: String
    public var manifestDigest: Digest
    public var plans: [Plan]

    public init(
      request: Digest, identity: Digest, manifestName: String, manifestDigest: Digest,
      plans: [Plan]
    ) {
      self.request = request
      self.identity = identity
      self.manifestName = manifestName
      self.manifestDigest = manifestDigest
      self.plans = plans
    }
  }

  /// Keeps an ending, so that the same run again need not read its manifests. To be called after
  /// `finish`, where the run has changed something: a run that changed nothing writes nothing.
  public func keep(_ ending: Ending) throws(TreeError) {
    let record = try state.attempt { () throws(SystemError) -> UpToDateRecord? in
      try self.record(of: ending)
    }
    if let record { try state.keep(record, as: ending.request) }
  }

  /// The record of an ending; nil where a file does not stand as it was planned.
  func record(of ending: Ending) throws(SystemError) -> UpToDateRecord? {
    let looking = IndexedTree(tree, index: state.index)
    return try looking.keepingFolders { () throws(SystemError) in
      var places: [String: Int] = [:]
      var folders: [String] = []
      var steps: [UpToDateRecord.Step] = []
      for step in ending.plans.flatMap(\.steps) {
        var files: [UpToDateRecord.File] = []
        files.reserveCapacity(step.files.count)
        for file in step.files {
          guard case .regular(let wanted) = file.after,
            let seen = try seen(file.path, wanted, looking), wanted.fits(seen.mode)
          else { return nil }
          let parent = file.path.parent?.text ?? ""
          let folder = places[parent] ?? folders.count
          if folder == folders.count {
            places[parent] = folder
            folders.append(parent)
          }
          files.append(
            UpToDateRecord.File(
              folder: folder, name: String(file.path.name), digest: wanted.digest, seen: seen))
        }
        steps.append(UpToDateRecord.Step(id: step.id, files: files))
      }
      return UpToDateRecord(
        identity: ending.identity, manifestName: ending.manifestName,
        manifestDigest: ending.manifestDigest,
        folders: folders, steps: steps)
    }
  }

  /// How a file stands; nil where none does.
  ///
  /// What this run has looked at need not be looked at again: a file that was changed since does not
  /// stand as it is recorded here, and the next run plans.
  private func seen(
    _ path: RelativePath, _ wanted: RegularFile, _ looking: IndexedTree
  ) throws(SystemError) -> UpToDateRecord.Seen? {
    if let known = state.index.seen(path), known.digest == wanted.digest { return known.status }
    guard let status = try looking.status(of: path), status.kind == .regular else { return nil }
    let isKnown = state.index.digest(of: path, status: status) == wanted.digest
    return UpToDateRecord.Seen(status, isRacy: !isKnown)
  }
}

extension RegularFile {
  /// True if permission bits are those that were planned; what the plan leaves open, anybody may
  /// have chosen.
  fileprivate func fits(_ present: UInt32) -> Bool {
    if let mode { return present == mode }
    switch isExecutable {
    case nil: return true
    case true?: return present & 0o111 != 0 && present == present | (present & 0o444) >> 2
    case false?: return present & 0o111 == 0
    }
  }
}

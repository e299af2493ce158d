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
            let status = try looking.status(of: file.path), status.kind == .regular,
            wanted.hasMode(of: status)
          else { return nil }
          let digest = wanted.digest
          let parent = file.path.parent?.text ?? ""
          let folder = places[parent] ?? folders.count
          if folder == folders.count {
            places[parent] = folder
            folders.append(parent)
          }
          let isKnown = state.index.digest(of: file.path, status: status) == digest
          files.append(
            UpToDateRecord.File(
              folder: folder, name: String(file.path.name), digest: digest,
              seen: UpToDateRecord.Seen(status, isRacy: !isKnown)))
        }
        steps.append(UpToDateRecord.Step(id: step.id, files: files))
      }
      return UpToDateRecord(
        identity: ending.identity, manifestName: ending.manifestName,
        manifestDigest: ending.manifestDigest,
        folders: folders, steps: steps)
    }
  }
}

extension RegularFile {
  /// True if a file has the permission bits that were planned; what the plan leaves open, anybody
  /// may have chosen.
  fileprivate func hasMode(of status: FileStatus) -> Bool {
    if let mode { return status.mode == mode }
    switch isExecutable {
    case nil: return true
    case true?:
      return status.isExecutable && status.mode == status.mode | (status.mode & 0o444) >> 2
    case false?: return !status.isExecutable
    }
  }
}

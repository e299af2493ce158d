public import Planning
public import Platform

extension Materialiser {
  /// What can be kept of a run that has ended well: its manifests without commands, each of their
  /// files as it stands now.
  public struct Ending {
    public var key: Digest
    public var manifestName: String
    public var manifestDigest: Digest
    public var plans: [Plan]

    public init(
      key: Digest, manifestName: String, manifestDigest: Digest, plans: [Plan]
    ) {
      self.key = key
      self.manifestName = manifestName
      self.manifestDigest = manifestDigest
      self.plans = plans
    }
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
          guard let digest = file.after.digest, let status = try looking.status(of: file.path),
            status.kind == .regular
          else { return nil }
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
        manifestName: ending.manifestName, manifestDigest: ending.manifestDigest,
        folders: folders, steps: steps)
    }
  }
}

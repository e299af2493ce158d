import Glibc
import Materialising
import Planning
import Platform
import Subprocess
import YAMLTree

/// How files get into the shadow, and out of it.
extension ShadowStage {
  /// Puts a step's files into the shadow.
  func place(_ step: PlannedStep) throws(SystemError) {
    let changing = step.files.filter { $0.changesTree }
    // What is moved is read before its place is cleared.
    var moved: [RelativePath: ([UInt8], UInt32)] = [:]
    for file in changing {
      guard let from = file.movedFrom, let status = try shadow.tree.status(of: from),
        status.kind == .regular
      else { continue }
      moved[file.path] = (try shadow.tree.bytes(of: from, limit: .max), status.mode)
    }
    for file in changing {
      if case .absent = file.after { try shadow.remove(file.path) }
    }
    for folder in step.emptiedFolders { try shadow.removeFolder(folder) }
    for file in changing {
      switch file.after {
      case .absent: continue
      case .symlink(let target): try shadow.link(file.path, to: target)
      case .regular(let wanted):
        let before = moved[file.path]
        try shadow.write(
          wanted.content?.decoded() ?? before?.0, to: file.path, mode: wanted.mode ?? before?.1,
          isExecutable: wanted.isExecutable)
      }
    }
  }

  /// Lets the shadow have what a step has just landed in the tree below it.
  func follow(_ step: PlannedStep) throws(SystemError) {
    try shadow.renew()
    // A file may take the place of a folder: what went makes room first.
    for file in step.files where try !Self.holdsFile(root, at: file.path) {
      if try Self.holdsFile(shadow.tree, at: file.path) { try shadow.remove(file.path) }
    }
    for folder in step.emptiedFolders { try shadow.removeFolder(folder) }
    for file in step.files {
      // What commands made of it in the shadow stands before what the tree has now.
      let wanted = try Self.state(at: file.path, in: root, readsBytes: true)
      let present = try Self.state(at: file.path, in: shadow.tree, readsBytes: false)
      if Self.action(from: present, to: wanted) == nil { continue }
      switch wanted {
      case .absent: continue
      case .symlink(let target): try shadow.link(file.path, to: target)
      case .regular(let content):
        try shadow.write(content.content?.decoded(), to: file.path, mode: content.mode)
      }
    }
  }

  /// What stands in the shadow at some paths, as files of a step that makes the tree equal to it;
  /// `planned` gives what the plan knows of a path.
  func differences(
    at paths: [RelativePath], from root: RootTree, planned: [RelativePath: PlannedFile], mark: Mark
  ) throws(SystemError) -> [PlannedFile] {
    var files: [PlannedFile] = []
    for path in Set(paths).sorted() {
      let before: FileState
      if let file = planned[path] {
        before = file.before
      } else {
        if let present = try shadow.tree.reachableStatus(of: path),
          let below = try root.reachableStatus(of: path), present.isVery(below)
        {
          continue
        }
        before = try Self.state(at: path, in: root, readsBytes: false)
      }
      let after = try Self.state(at: path, in: shadow.tree, readsBytes: true)
      guard let action = Self.action(from: before, to: after) else { continue }
      var file = PlannedFile(
        path: path, action: action, before: before, after: after,
        mark: planned[path]?.mark ?? mark)
      file.declared = planned[path]?.declared
      files.append(file)
    }
    return files
  }

  private static func holdsFile(
    _ tree: RootTree, at path: RelativePath
  ) throws(SystemError) -> Bool {
    switch try tree.reachableStatus(of: path)?.kind {
    case .regular, .symlink: true
    case .directory, .special, nil: false
    }
  }

  private static func state(
    at path: RelativePath, in tree: RootTree, readsBytes: Bool
  ) throws(SystemError) -> FileState {
    guard let status = try tree.reachableStatus(of: path) else { return .absent }
    switch status.kind {
    case .symlink: return .symlink(target: try tree.linkTarget(of: path))
    case .regular:
      var file = RegularFile(
        digest: try tree.digest(of: path, status: status), size: Int(status.size),
        mode: status.mode)
      if readsBytes { file.content = Text(try tree.bytes(of: path, limit: .max)) }
      return .regular(file)
    case .directory, .special: return .absent
    }
  }

  private static func action(from before: FileState, to after: FileState) -> PlannedFile.Action? {
    switch (before, after) {
    case (.absent, .absent): nil
    case (.absent, _): .created
    case (_, .absent): .deleted
    case (.symlink(let old), .symlink(let new)): old == new ? nil : .replaced
    case (.regular(let old), .regular(let new)):
      if old.digest != new.digest {
        .replaced
      } else if old.mode != nil && old.mode != new.mode {
        .mode
      } else {
        nil
      }
    default: .replaced
    }
  }
}

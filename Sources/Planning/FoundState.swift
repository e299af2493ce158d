import Platform

/// What stands at a path of the tree when a saved plan is compared with it.
struct FoundState {
  /// `absent` also for a folder, and where nothing can be told.
  let state: FileState
  /// Why it is neither a file, nor a link, nor nothing.
  let fault: String?
  let isFolder: Bool

  /// - Parameter isPlanned: true for a path that the plan compares for itself. What stands below
  ///   such a file or link is nothing: whether the file may be there is said at its own path.
  init(
    _ tree: PlanningOverlay<some FileTree>, _ path: RelativePath,
    isPlanned: (RelativePath) -> Bool
  ) {
    var state = FileState.absent
    var fault: String?
    var isFolder = false
    do {
      switch try tree.look(at: path) {
      case .absent: break
      case .regular, .symlink: state = try tree.state(at: path)
      case .folder: (fault, isFolder) = ("a folder", true)
      case .special: fault = "neither a file, a folder nor a link"
      case .blocked(let blocker, let isLink, _):
        if !isPlanned(blocker) { fault = "below '\(blocker)', \(isLink ? "a link" : "a file")" }
      }
    } catch {
      fault = error.description
    }
    (self.state, self.fault, self.isFolder) = (state, fault, isFolder)
  }

  /// True if this is what stands there, whatever its mode is.
  ///
  /// - Parameter folder: true if a folder is as good as nothing, since the plan has files in it.
  func `is`(_ wanted: FileState, orFolder folder: Bool) -> Bool {
    if isFolder, folder, case .absent = wanted { return true }
    guard fault == nil else { return false }
    return switch (state, wanted) {
    case (.absent, .absent): true
    case (.symlink(let a), .symlink(let b)): a.utf8.elementsEqual(b.utf8)
    case (.regular(let a), .regular(let b)): a.digest == b.digest
    default: false
    }
  }

  /// The permission bits of a regular file.
  var mode: UInt32? {
    if case .regular(let file) = state { file.mode } else { nil }
  }

  var words: String { fault ?? Self.words(state) }

  static func words(_ state: FileState) -> String {
    switch state {
    case .absent: "absent"
    case .symlink(let target): "link to \(Printable.escaped(target))"
    case .regular(let file): file.digest.hex
    }
  }

  /// The words with the mode, where it is the mode that differs.
  static func words(_ state: FileState, mode: UInt32) -> String {
    "\(words(state)) with mode \(String(mode, radix: 8))"
  }
}

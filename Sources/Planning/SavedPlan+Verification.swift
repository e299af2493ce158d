public import Platform

extension SavedPlan {
  /// A path that is not as the plan found it.
  public struct Deviation: Sendable, Hashable {
    public var step: String
    public var path: RelativePath
    /// What each one is: a digest, `absent`, `link to …`, or why it cannot be told.
    public var expected: String
    public var found: String
    public var wanted: String

    public init(
      step: String, path: RelativePath, expected: String, found: String, wanted: String
    ) {
      self.step = step
      self.path = path
      self.expected = expected
      self.found = found
      self.wanted = wanted
    }
  }

  /// Compares the tree with what the plan expects of it, path by path.
  ///
  /// Where the tree holds what a step wants already, that step's file is `unchanged` in the plan
  /// that is returned. Paths that are `unknown` are not looked at.
  public func verified(
    against tree: some FileTree
  ) -> (plan: SavedPlan, deviations: [Deviation]) {
    var result = self
    var deviations: [Deviation] = []
    let all = self.places
    // Folders of which the plan itself takes files away.
    lazy var left = Set(
      all.filter { $0.1.contains { file(at: $0).action == .deleted } }.flatMap(\.0.ancestors))
    for (path, places) in all {
      guard let first = places.first else { continue }
      let found = Found(tree, path)
      if found.is(file(at: first).before) { continue }
      // Its files are compared one by one, and an earlier step takes them away.
      if found.isFolder, case .absent = file(at: first).before, left.contains(path) { continue }
      guard let done = places.lastIndex(where: { isDone(file(at: $0), found) }) else {
        let file = file(at: first)
        deviations.append(
          Deviation(
            step: plans[first.plan].steps[first.step].id, path: path,
            expected: Found.words(file.before), found: found.words,
            wanted: Found.words(file.after)))
        continue
      }
      for place in places[...done] {
        result.plans[place.plan].steps[place.step].files[place.file].settle(as: found.state)
      }
    }
    return (result, deviations)
  }

  private struct Place {
    var plan: Int
    var step: Int
    var file: Int
  }

  /// Where each path stands in the plans, in the order of its steps, up to where it is unknown.
  private var places: [(RelativePath, [Place])] {
    var order: [RelativePath] = []
    var places: [RelativePath: [Place]] = [:]
    var unknown: Set<RelativePath> = []
    for (plan, steps) in plans.map(\.steps).enumerated() {
      for (step, files) in steps.map(\.files).enumerated() {
        for (index, file) in files.enumerated() where file.action != .skipped {
          if file.action == .unknown { unknown.insert(file.path) }
          if unknown.contains(file.path) { continue }
          if places[file.path] == nil { order.append(file.path) }
          places[file.path, default: []].append(Place(plan: plan, step: step, file: index))
        }
      }
    }
    return order.map { ($0, places[$0] ?? []) }
  }

  private func file(at place: Place) -> PlannedFile {
    plans[place.plan].steps[place.step].files[place.file]
  }

  private func isDone(_ file: PlannedFile, _ found: Found) -> Bool {
    guard found.is(file.after) else { return false }
    guard file.action == .mode, case .regular(let after) = file.after else { return true }
    return found.mode == after.mode
  }
}

extension PlannedFile {
  /// Makes the file one that stands as wanted.
  fileprivate mutating func settle(as state: FileState) {
    action = .unchanged
    before = state
    after = state
    movedFrom = nil
    movedTo = nil
  }
}

/// What stands at a path of the tree.
private struct Found {
  let state: FileState
  let mode: UInt32?
  /// Why it cannot be told, where it cannot.
  let fault: String?
  let isFolder: Bool

  init(_ tree: some FileTree, _ path: RelativePath) {
    var state = FileState.absent
    var mode: UInt32?
    var fault: String?
    var isFolder = false
    do {
      if let status = try tree.status(of: path) {
        isFolder = status.kind == .directory
        mode = status.mode
        switch status.kind {
        case .regular:
          state = .regular(
            RegularFile(
              digest: try tree.digest(of: path, status: status), size: Int(status.size),
              mode: status.mode, isExecutable: status.isExecutable))
        case .symlink: state = .symlink(target: try tree.linkTarget(of: path))
        case .directory: fault = "a folder"
        case .special: fault = "neither a file, a folder nor a link"
        }
      }
    } catch {
      fault = error.description
    }
    (self.state, self.mode, self.fault, self.isFolder) = (state, mode, fault, isFolder)
  }

  func `is`(_ wanted: FileState) -> Bool {
    guard fault == nil else { return false }
    return switch (state, wanted) {
    case (.absent, .absent): true
    case (.symlink(let a), .symlink(let b)): a.utf8.elementsEqual(b.utf8)
    case (.regular(let a), .regular(let b)): a.digest == b.digest
    default: false
    }
  }

  var words: String { fault ?? Self.words(state) }

  static func words(_ state: FileState) -> String {
    switch state {
    case .absent: "absent"
    case .symlink(let target): "link to \(Printable.escaped(target))"
    case .regular(let file): file.digest.hex
    }
  }
}

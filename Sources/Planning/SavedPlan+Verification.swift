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
  /// that is returned, or `mode` where only the declared mode is missing. Paths that are `unknown`
  /// are not looked at.
  public func verified(
    against tree: some FileTree
  ) -> (plan: SavedPlan, deviations: [Deviation]) {
    let paths = PlannedPaths(plans)
    let overlay = PlanningOverlay(tree: tree)
    var result = self
    var deviations: [(index: Int, Deviation)] = []
    lazy var folders = Set(paths.all.flatMap(\.path.ancestors))
    let emptied = Set(plans.flatMap(\.steps).flatMap(\.emptiedFolders))
    for group in paths.groups(of: plans) {
      let members = group.map { index in
        let planned = paths.all[index]
        let found = FoundState(overlay, planned.path) { blocker in
          // Below a file nothing stands, which is all that a removal wants.
          planned.isNeverThere || paths.contains(blocker)
        }
        let isKnownFolder =
          found.isFolder && planned.isNeverThere && folders.contains(planned.path)
        return Member(planned: planned, found: found, isKnownFolder: isKnownFolder)
      }
      for (number, done) in Self.done(members).enumerated() {
        if let deviation = result.settle(members[number], done) {
          deviations.append((group[number], deviation))
        }
      }
    }
    var taken: [RelativePath] = []
    let told = Set(deviations.map(\.1.path))
    for (index, planned) in paths.all.enumerated() {
      if emptied.contains(planned.path), planned.states.contains(where: { !$0.isAbsent }) {
        taken.append(planned.path)
      }
      guard planned.states.contains(where: { !$0.isAbsent }), let place = planned.places.first,
        !told.contains(planned.path),
        let stranger = Self.stranger(where: planned.path, overlay, paths, emptied)
      else { continue }
      deviations.append((index, result.deviation(at: place, below: stranger)))
    }
    for plan in plans.indices {
      for (index, step) in plans[plan].steps.enumerated()
      where step.files.contains(where: \.changesTree)
        && !result.plans[plan].steps[index].files.contains(where: \.changesTree)
      {
        // Done with its files: what stands there now is not what it emptied, but where a file is to
        // take the place.
        result.plans[plan].steps[index].emptiedFolders.removeAll { folder in
          !taken.contains { folder.isWithin($0) || folder == $0 }
        }
      }
    }
    return (result, deviations.sorted { $0.index < $1.index }.map(\.1))
  }

  /// Something in a folder whose place a planned file is to take, that no step takes away; nil where
  /// no folder stands there, or nothing else is in it.
  private static func stranger(
    where path: RelativePath, _ overlay: PlanningOverlay<some FileTree>, _ paths: PlannedPaths,
    _ emptied: Set<RelativePath>
  ) -> (path: RelativePath, what: String)? {
    do {
      guard case .folder = try overlay.look(at: path) else { return nil }
      let names = try overlay.names(in: path)
      // That one stands empty after a step which was to remove it is told when the place is taken.
      if names.isEmpty, !emptied.contains(path) {
        return (path, "a folder that no step takes away")
      }
      for name in names {
        let child = RelativePath(listed: path.text + "/" + name)
        if case .folder = try overlay.look(at: child) {
          if let found = stranger(where: child, overlay, paths, emptied) { return found }
        } else if !paths.contains(child) {
          return (child, "a file that no step takes away")
        }
      }
      return nil
    } catch {
      return (path, "\(error)")
    }
  }

  private func deviation(
    at place: PlannedPaths.Place, below stranger: (path: RelativePath, what: String)
  ) -> Deviation {
    Deviation(
      step: plans[place.plan].steps[place.step].id, path: stranger.path, expected: "absent",
      found: stranger.what, wanted: "absent")
  }

  /// A path of a group, and what stands there.
  private struct Member {
    let planned: PlannedPaths.Planned
    let found: FoundState
    /// True for a folder of planned files where a file is to be removed that was not there.
    let isKnownFolder: Bool
  }

  /// How many places of each path are done; nil for one that is as no step finds or leaves it.
  ///
  /// Where all of them stand as before the first step everything is to do: what comes and goes
  /// between may be needed by a command. Else they stand as the last step does that fits them all;
  /// where none does, each path is judged for itself.
  private static func done(_ members: [Member]) -> [Int?] {
    func stands(_ counts: [Int]) -> Bool {
      members.indices.allSatisfy { Self.stands($0, counts, members) }
    }
    let none = members.map { _ in 0 }
    if stands(none) { return none }
    for moment in Set(members.flatMap { $0.planned.places.map(\.moment) }).sorted(by: >) {
      let counts = members.map { $0.planned.count(upTo: moment) }
      if stands(counts) { return counts }
    }
    let all = members.map(\.planned.places.count)
    return members.indices.map { index in
      if Self.stands(index, none, members) { return 0 }
      var counts = all
      while counts[index] > 0 {
        if Self.stands(index, counts, members) { return counts[index] }
        counts[index] -= 1
      }
      return nil
    }
  }

  /// True if a path stands as after so many of its places, where the others are as after theirs.
  private static func stands(_ index: Int, _ counts: [Int], _ members: [Member]) -> Bool {
    let member = members[index]
    var isFolder = member.isKnownFolder
    if member.found.isFolder, !isFolder {
      // The files in it are compared one by one; a step may take them away first.
      isFolder = members.indices.contains { other in
        let planned = members[other].planned
        guard other != index, planned.path.isWithin(member.planned.path) else { return false }
        return planned.isRemoved || !planned.states[counts[other]].isAbsent
      }
    }
    return member.found.is(member.planned.states[counts[index]], orFolder: isFolder)
  }

  // MARK: One path

  /// Marks what is done at a path; what stands in the way of the rest is returned.
  private mutating func settle(_ member: Member, _ done: Int?) -> Deviation? {
    let (planned, found) = (member.planned, member.found)
    guard var done else {
      return deviation(
        at: planned.places[0], FoundState.words(planned.states[0]), found.words)
    }
    let isUntouched = done == 0
    // What changes no byte needs nothing but its mode.
    while done < planned.places.count, file(at: planned.places[done]).keepsBytes { done += 1 }
    let wanted = planned.declaredMode(upTo: done, on: found.mode)
    if isUntouched, done < planned.places.count, let mode = wanted?.mode ?? found.mode,
      case .regular(let before) = planned.states[done], let expected = before.mode,
      expected != mode, dependsOnMode(planned.places[done], planned.modes[done])
    {
      return deviation(
        at: planned.places[done], FoundState.words(planned.states[done], mode: expected),
        FoundState.words(found.state, mode: mode))
    }
    var state = found.state
    for (index, place) in planned.places[..<done].enumerated() {
      var action = PlannedFile.Action.unchanged
      let before = state
      if let wanted, wanted.setter == index, wanted.mode != found.mode {
        action = .mode
        state = state.withMode(wanted.mode)
      }
      plans[place.plan].steps[place.step].files[place.file].settle(action, before, after: state)
    }
    return nil
  }

  private func deviation(
    at place: PlannedPaths.Place, _ expected: String, _ found: String
  ) -> Deviation {
    let file = file(at: place)
    return Deviation(
      step: plans[place.plan].steps[place.step].id, path: file.path, expected: expected,
      found: found, wanted: FoundState.words(file.after))
  }

  private func file(at place: PlannedPaths.Place) -> PlannedFile {
    plans[place.plan].steps[place.step].files[place.file]
  }

  /// True if what a step leaves has the mode that the file had when it was planned.
  private func dependsOnMode(_ place: PlannedPaths.Place, _ declared: DeclaredMode?) -> Bool {
    let file = file(at: place)
    if file.isGone { return file.movedTo != nil }
    if case .exact = declared { return false }
    return true
  }
}

extension FileState {
  /// A regular file under another mode.
  fileprivate func withMode(_ mode: UInt32) -> FileState {
    guard case .regular(var file) = self else { return self }
    (file.mode, file.isExecutable) = (mode, mode & 0o111 != 0)
    return .regular(file)
  }
}

extension PlannedFile {
  /// True if at most the mode changes.
  fileprivate var keepsBytes: Bool { action == .unchanged || action == .mode }

  /// Makes the file one whose bytes stand as wanted.
  fileprivate mutating func settle(_ action: Action, _ before: FileState, after: FileState) {
    self.action = action
    self.before = before
    self.after = after
    movedFrom = nil
    movedTo = nil
  }
}

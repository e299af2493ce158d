import Manifests
import Platform

/// The paths of a saved plan, each with all that its steps do there.
struct PlannedPaths {
  /// Where a file stands in the plans.
  struct Place {
    var plan: Int
    var step: Int
    var file: Int
    /// The step, counted over all plans.
    var moment: Int
  }

  /// A path with what it is before the plans, and after each of its places.
  struct Planned {
    let path: RelativePath
    var places: [Place]
    /// One more than places.
    var states: [FileState]
    /// For each place what its entry says of the mode.
    var modes: [DeclaredMode?]
    /// True if a step takes it away.
    var isRemoved: Bool

    /// True for a removal of what was not there.
    var isNeverThere: Bool { states.allSatisfy(\.isAbsent) }

    /// How many of its places are in the steps up to a moment.
    func count(upTo moment: Int) -> Int {
      places.firstIndex { $0.moment > moment } ?? places.count
    }

    /// The mode that the first places want of a file with this one, and the last that says so; nil
    /// where none does.
    func declaredMode(upTo count: Int, on present: UInt32?) -> (mode: UInt32, setter: Int)? {
      guard let present else { return nil }
      var wanted: (mode: UInt32, setter: Int)?
      for index in 0..<count {
        // Another file from then on.
        if states[index + 1].isAbsent { wanted = nil }
        if let mode = modes[index] { wanted = (mode.bits(on: wanted?.mode ?? present), index) }
      }
      return wanted
    }
  }

  private(set) var all: [Planned] = []
  private var indices: [RelativePath: Int] = [:]

  /// The paths of the plans in the order of their steps, each up to where it is unknown.
  init(_ plans: [Plan]) {
    var unknown: Set<RelativePath> = []
    var moment = 0
    for (plan, steps) in plans.map(\.steps).enumerated() {
      for (step, files) in steps.map(\.files).enumerated() {
        moment += 1
        let modes = Self.modes(of: plans[plan].steps[step].entries)
        // What goes, goes before anything of the step comes.
        let order =
          files.indices.filter { files[$0].isGone } + files.indices.filter { !files[$0].isGone }
        for index in order where files[index].action != .skipped {
          let file = files[index]
          if file.action == .unknown { unknown.insert(file.path) }
          if unknown.contains(file.path) { continue }
          let place = Place(plan: plan, step: step, file: index, moment: moment)
          add(file, place, file.isGone ? nil : modes[file.path.text])
        }
      }
    }
  }

  private static func modes(of entries: [FileEntry]) -> [String: DeclaredMode] {
    var modes: [String: DeclaredMode] = [:]
    for entry in entries { modes[entry.path] = DeclaredMode(of: entry) }
    return modes
  }

  private mutating func add(_ file: PlannedFile, _ place: Place, _ mode: DeclaredMode?) {
    let index = indices[file.path] ?? all.count
    if index == all.count {
      indices[file.path] = index
      all.append(
        Planned(
          path: file.path, places: [], states: [file.before], modes: [], isRemoved: false))
    }
    all[index].places.append(place)
    all[index].states.append(file.after)
    all[index].modes.append(mode)
    if file.action == .deleted { all[index].isRemoved = true }
  }

  func contains(_ path: RelativePath) -> Bool { indices[path] != nil }

  /// The paths in groups that are done or to do together: a moved file's two, and a file with what
  /// is in the folder that has its name.
  func groups(of plans: [Plan]) -> [[Int]] {
    var leaders = Array(all.indices)
    func leader(of index: Int) -> Int {
      var index = index
      while leaders[index] != index {
        leaders[index] = leaders[leaders[index]]
        index = leaders[index]
      }
      return index
    }
    func join(_ index: Int, _ path: RelativePath) {
      guard let other = indices[path] else { return }
      let (a, b) = (leader(of: index), leader(of: other))
      leaders[max(a, b)] = min(a, b)
    }
    for (index, planned) in all.enumerated() {
      for folder in planned.path.ancestors { join(index, folder) }
      for place in planned.places {
        let file = plans[place.plan].steps[place.step].files[place.file]
        if let source = file.movedFrom { join(index, source) }
      }
    }
    var groups: [Int: [Int]] = [:]
    for index in all.indices { groups[leader(of: index), default: []].append(index) }
    return all.indices.compactMap { groups[$0] }
  }
}

extension PlannedFile {
  /// True if nothing stands there after its step.
  var isGone: Bool { after.isAbsent }
}

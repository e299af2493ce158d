import Glibc
public import Platform

extension Shadow {
  /// Makes a shadow: an overlay kept in `storage`, else beside the tree, else in memory, else a
  /// copy. `supervisor` as for `CommandRunner`.
  public static func make(
    _ description: Description, supervisor: String = "/proc/self/exe"
  ) throws(SystemError) -> Shadow {
    var attempt = Attempt(description, supervisor)
    for way in Way.allCases where description.ways.contains(way) {
      if let shadow = try attempt.make(way) { return shadow }
    }
    throw attempt.failure ?? SystemError("shadow", description.root, code: ENOTSUP)
  }
}

/// The ways tried so far, and why they failed.
private struct Attempt {
  private let description: Shadow.Description
  private let supervisor: String
  private var reasons: [String] = []
  private(set) var failure: SystemError?

  init(_ description: Shadow.Description, _ supervisor: String) {
    self.description = description
    self.supervisor = supervisor
  }

  /// Nil where this way does not work and the next may. The last way's error is thrown.
  mutating func make(_ way: Shadow.Way) throws(SystemError) -> Shadow? {
    let places = ShadowStorage.places(of: description.root)
    let inStorage = !Shadow.isWithin(description.storage, description.root)
    switch way {
    case .overlayInStorage:
      if inStorage { return try overlay(in: description.storage, inMemory: false) }
      reasons.append("\(Printable.escaped(description.storage)) lies in the tree")
      return nil
    case .overlayBesideTree:
      // A root at the top has nothing beside it.
      return Shadow.isWithin(places.beside, description.root)
        ? nil : try overlay(in: places.beside, inMemory: false)
    case .overlayInMemory:
      return try overlay(in: inStorage ? description.storage : places.temporary, inMemory: true)
    case .copy:
      let storage = try ShadowStorage(in: inStorage ? description.storage : places.temporary)
      do throws(SystemError) {
        return try Shadow.copy(description, storage, supervisor, reasons: reasons)
      } catch {
        try storage.remove()
        throw error
      }
    }
  }

  private mutating func overlay(in place: String, inMemory: Bool) throws(SystemError) -> Shadow? {
    let storage: ShadowStorage
    do throws(SystemError) { storage = try ShadowStorage(in: place) } catch {
      note(error, place)
      return nil
    }
    do throws(SystemError) {
      let overlay = try Overlay(description, storage, inMemory: inMemory, supervisor)
      let (view, asUser) = try overlay.enter(again: false)
      return Shadow(
        inMemory
          ? .overlayInMemory(inUserNamespace: asUser) : .overlay(inUserNamespace: asUser),
        description, workingRoot: description.root, view: view, overlay: overlay,
        runner: CommandRunner(shadowOf: description.root, host: overlay.host), storage: storage,
        reasons: reasons)
    } catch {
      note(error, inMemory ? "memory" : place)
      try storage.remove()
      return nil
    }
  }

  private mutating func note(_ error: SystemError, _ place: String) {
    failure = error
    reasons.append("no overlay kept in \(Printable.escaped(place)): \(error)")
  }
}

import Manifests
import Platform
import YAMLTree

/// The entries of a run that build on one another: two or more steps that write one path.
///
/// In a tree that a run has left, such a path stands as its last entry wants it; the earlier ones
/// must then count as done, and a run that stopped after one of them goes on behind it.
struct Chains {
  /// One entry of a chain.
  struct Link {
    let entry: ResolvedEntry
    let declared: Digest?
  }

  private var chains: [RelativePath: [Link]] = [:]

  init(_ manifests: [ResolvedManifest]) {
    var counts: [RelativePath: Int] = [:]
    for entry in Self.entries(of: manifests) { counts[entry.path, default: 0] += 1 }
    guard counts.contains(where: { $0.value > 1 }) else { return }
    for entry in Self.entries(of: manifests) where counts[entry.path, default: 0] > 1 {
      chains[entry.path, default: []].append(
        Link(entry: entry, declared: Declaration.digest(of: entry)))
    }
    // What is skipped or unknown breaks the sequence: such paths are planned entry by entry.
    let conditional = Set(
      manifests.lazy.flatMap(\.steps).filter { $0.condition != nil }
        .flatMap { $0.entries.map(\.path) })
    chains = chains.filter { path, links in
      !conditional.contains(path) && links.allSatisfy { $0.entry.isLink }
    }
  }

  private static func entries(of manifests: [ResolvedManifest]) -> [ResolvedEntry] {
    manifests.flatMap { $0.steps.flatMap(\.entries) }
  }

  /// The entries that write the path, if there are several.
  func links(of path: RelativePath) -> [Link]? { chains[path] }
}

extension ResolvedEntry {
  /// True for an entry whose result follows from the bytes before it alone.
  fileprivate var isLink: Bool {
    guard condition == nil, entry.endOfLine != .keep else { return false }
    switch entry.action {
    case .content, .edit: return true
    case .patch: return patch?.kind == .modify
    default: return false
    }
  }
}

/// How much of a chain stands in the tree.
struct ChainStanding {
  /// How many entries, from the first, are done.
  var done = 0
  /// The run whose repair of the last of them stands there.
  var repairedIn: String?
  /// The bytes that the chain begins with, where these are not the present ones.
  var original: [UInt8]?
}

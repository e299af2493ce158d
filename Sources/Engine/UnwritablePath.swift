import Platform

/// A path that stands in the tree and that no manifest could write: it can neither be landed nor
/// put back, only named.
struct UnwritablePath: Error, Hashable {
  let raw: RawPath
  /// The rule that it breaks, or that it is no text at all.
  let reason: String

  static func == (a: UnwritablePath, b: UnwritablePath) -> Bool { a.raw == b.raw }

  func hash(into hasher: inout Hasher) { hasher.combine(raw) }
}

extension UnwritablePath: CustomStringConvertible {
  /// Safe to print: `'out/a\xFF' (no UTF-8)`.
  var description: String { "'\(raw.shown)' (\(reason))" }
}

extension Collection<UnwritablePath> {
  /// The first ten, and how many more there are.
  var listed: String {
    let shown = sorted { $0.raw < $1.raw }.prefix(10).map(\.description).joined(separator: ", ")
    return count > 10 ? "\(shown) and \(count - 10) more" : shown
  }
}

extension RawPath {
  /// The path as one that mtor writes, or why it is none.
  var relative: Result<RelativePath, UnwritablePath> {
    guard let text else { return .failure(UnwritablePath(raw: self, reason: "no UTF-8")) }
    do throws(PathFault) {
      return .success(try RelativePath(text))
    } catch {
      return .failure(UnwritablePath(raw: self, reason: error.rule))
    }
  }

  /// True for git's own folder and all that is in it.
  var isGits: Bool {
    bytes.split(separator: UInt8(ascii: "/")).contains { $0.elementsEqual(".git".utf8) }
  }
}

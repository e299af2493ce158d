import Glibc

/// A path below the root that has passed every lexical rule: the only kind a tree is asked for.
///
/// Components are separated by `/`; there is no empty one, no `.`, no `..`, nothing that any
/// system could read as git's own folder, and no character that hides. Two spellings of one path
/// cannot exist, so equality is identity of the target.
public struct RelativePath: Hashable, Sendable, Comparable, CustomStringConvertible {
  /// The path as it was written.
  public let text: String

  /// Checks a path against the rules; the fault names the rule and the offending part.
  public init(_ text: some StringProtocol) throws(PathFault) {
    let text = String(text)
    if let fault = PathFault.first(in: text) { throw fault }
    self.text = text
  }

  /// For text that was checked when it was written and has been kept under a seal since.
  public init(trusted text: String) { self.text = text }

  /// For a name as git lists it: to be compared with paths, byte by byte, and never opened.
  public init(listed name: String) { text = name }

  /// For text that is known to keep the rules, such as a part of a checked path.
  init(unchecked text: String) { self.text = text }

  public var components: [Substring] { text.split(separator: "/") }

  /// The last component.
  public var name: Substring {
    lastSlash.map { text[text.utf8.index(text.startIndex, offsetBy: $0 + 1)...] } ?? text[...]
  }

  /// The folder it stands in; nil for a path directly below the root.
  public var parent: RelativePath? {
    lastSlash.map { offset in
      let end = text.utf8.index(text.startIndex, offsetBy: offset)
      return RelativePath(unchecked: String(text[..<end]))
    }
  }

  /// The offset of the last `/` in bytes; nil where there is none.
  private var lastSlash: Int? {
    let bytes = text.utf8.span
    var index = bytes.count - 1
    while index >= 0 {
      if bytes[unchecked: index] == UInt8(ascii: "/") { return index }
      index -= 1
    }
    return nil
  }

  /// Every folder above it, the nearest first.
  public var ancestors: [RelativePath] {
    var result: [RelativePath] = []
    var folder = parent
    while let next = folder {
      result.append(next)
      folder = next.parent
    }
    return result
  }

  /// A path below this one; checked like any other.
  public func appending(_ rest: some StringProtocol) throws(PathFault) -> RelativePath {
    try RelativePath(text + "/" + rest)
  }

  /// True if this path is `folder` or stands below it.
  public func isWithin(_ folder: RelativePath) -> Bool {
    text.utf8.starts(with: folder.text.utf8)
      && (text.utf8.count == folder.text.utf8.count
        || text.utf8.dropFirst(folder.text.utf8.count).first == UInt8(ascii: "/"))
  }

  /// Equal for two paths that a file system which folds case or normalises could confuse.
  ///
  /// Upper case first, so that `ß` and `SS` meet; Swift compares strings by canonical equivalence.
  public var collisionKey: String {
    text.utf8.allSatisfy { $0 < 0x80 } ? text.lowercased() : text.uppercased().lowercased()
  }

  public var description: String { text }

  public static func == (a: RelativePath, b: RelativePath) -> Bool {
    // By bytes: String equality would call two normalisations one path.
    a.text.utf8.count == b.text.utf8.count && order(a, b) == 0
  }
  public static func < (a: RelativePath, b: RelativePath) -> Bool { order(a, b) < 0 }

  /// Below zero where the bytes of `a` come first.
  private static func order(_ a: RelativePath, _ b: RelativePath) -> Int {
    let (left, right) = (a.text.utf8.span, b.text.utf8.span)
    let shared = min(left.count, right.count)
    let difference = left.withUnsafeBufferPointer { left in
      right.withUnsafeBufferPointer { right in
        shared == 0 ? 0 : memcmp(left.baseAddress!, right.baseAddress!, shared)
      }
    }
    return difference == 0 ? left.count - right.count : Int(difference)
  }
  public func hash(into hasher: inout Hasher) {
    var text = text
    text.withUTF8 { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
  }
}

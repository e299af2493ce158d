/// Why a text may not be a path below the root.
public struct PathFault: Error, Hashable, Sendable, CustomStringConvertible {
  /// The rule's stable id, such as `path-parent`.
  public let rule: String
  /// One sentence that names the offending part, safe to print.
  public let message: String
  /// What to write instead.
  public let hint: String

  public init(rule: String, message: String, hint: String) {
    self.rule = rule
    self.message = message
    self.hint = hint
  }

  public var description: String { message }

  /// The longest component and path in bytes that Linux takes (NAME_MAX, PATH_MAX less the NUL).
  static let longestComponent = 255, longestPath = 4095

  /// The first rule that the text breaks; nil for a path that keeps them all.
  static func first(in text: String) -> PathFault? {
    if isOrdinary(text) { return nil }
    if text.isEmpty {
      return PathFault(
        rule: "path-empty", message: "the path is empty", hint: "write a path below the root")
    }
    if let scalar = text.unicodeScalars.first(where: { $0.value == 0x5C }) {
      return PathFault(
        rule: "path-backslash",
        message: "'\(Printable.escaped(text))' has a backslash (\(scalar))",
        hint: "separate folders by '/'")
    }
    if let scalar = text.unicodeScalars.first(where: isHidden) {
      return PathFault(
        rule: "path-control",
        message: "'\(Printable.escaped(text))' has a character that does not show (U+"
          + "\(String(scalar.value, radix: 16, uppercase: true)))",
        hint: "use visible characters only")
    }
    if text.utf8.first == UInt8(ascii: "/") {
      return PathFault(
        rule: "path-absolute", message: "'\(text)' is absolute",
        hint: "paths are relative to the root: remove the leading '/'")
    }
    if text.utf8.count > longestPath {
      return PathFault(
        rule: "path-length",
        message: "the path has \(text.utf8.count) bytes, more than \(longestPath)",
        hint: "use shorter names")
    }
    let components = text.split(separator: "/", omittingEmptySubsequences: false)
    for (index, component) in components.enumerated() {
      if let fault = fault(in: component, of: text, first: index == 0) { return fault }
    }
    return nil
  }

  /// True for a path of ASCII letters, digits, `_`, `-` and inner dots that is short enough: what
  /// nearly all paths are, and what no rule can object to.
  private static func isOrdinary(_ text: String) -> Bool {
    var text = text
    return text.withUTF8 { bytes in
      guard !bytes.isEmpty, bytes.count <= longestComponent else { return false }
      var previous = UInt8(ascii: "/")
      for byte in bytes {
        switch byte {
        case 0x61...0x7A, 0x41...0x5A, 0x30...0x39, UInt8(ascii: "_"), UInt8(ascii: "-"): break
        // No part is empty, and none begins or ends with a dot.
        case UInt8(ascii: "."): if previous == UInt8(ascii: "/") { return false }
        case UInt8(ascii: "/"):
          if previous == UInt8(ascii: "/") || previous == UInt8(ascii: ".") { return false }
        default: return false
        }
        previous = byte
      }
      return previous != UInt8(ascii: "/") && previous != UInt8(ascii: ".")
    }
  }

  private static func fault(in component: Substring, of text: String, first: Bool) -> PathFault? {
    let bytes = component.utf8
    func fault(_ rule: String, _ message: String, _ hint: String) -> PathFault {
      PathFault(rule: rule, message: message, hint: hint)
    }
    switch component {
    case "":
      return fault(
        "path-spelling", "'\(text)' has an empty part ('//' or a trailing '/')",
        "write each folder once, with one '/' between")
    case ".":
      return fault("path-spelling", "'\(text)' has a part '.'", "leave the '.' out")
    case "..":
      return fault(
        "path-parent", "'\(text)' leads out of its folder ('..')",
        "write the path from the root, without '..'")
    default: break
    }
    if bytes.count > longestComponent {
      return fault(
        "path-length",
        "a part of the path has \(bytes.count) bytes, more than \(longestComponent)",
        "use a shorter name")
    }
    if first && bytes.first == UInt8(ascii: "~") {
      return fault(
        "path-home", "'\(text)' begins with '~', which is not expanded",
        "paths are relative to the root")
    }
    if let colon = bytes.firstIndex(of: UInt8(ascii: ":")) {
      let drive = first && bytes.distance(from: bytes.startIndex, to: colon) == 1
      return fault(
        "path-colon",
        "'\(text)' has a ':'"
          + (drive ? ", a drive letter elsewhere" : ", a stream of a file elsewhere"),
        "use another character")
    }
    if isGit(component) {
      return fault(
        "path-git", "'\(text)' is inside git's own folder, or is read as that somewhere",
        "mtor never writes there")
    }
    if bytes.last == UInt8(ascii: ".") || bytes.last == UInt8(ascii: " ") {
      return fault(
        "path-trailing", "'\(component)' ends with a dot or a space, which some systems drop",
        "end the name with another character")
    }
    return nil
  }

  /// Controls and what Unicode calls default-ignorable: a name must look like what it is.
  private static func isHidden(_ scalar: Unicode.Scalar) -> Bool {
    // The tables of Unicode need not be asked about ASCII.
    Printable.isUnsafe(scalar)
      || !scalar.isASCII && scalar.properties.isDefaultIgnorableCodePoint
  }

  /// True for every spelling of `.git` that a file system may take for it: case, the 8.3 short
  /// names that git itself refuses (`git~1`), trailing dots and spaces, compatibility forms.
  private static func isGit(_ component: Substring) -> Bool {
    var name = component[...]
    while name.utf8.last == UInt8(ascii: ".") || name.utf8.last == UInt8(ascii: " ") {
      name.removeLast()
    }
    let folded = String(name).lowercased()
    if folded == ".git" { return true }
    guard let tilde = folded.utf8.lastIndex(of: UInt8(ascii: "~")) else { return false }
    let digits = folded[folded.utf8.index(after: tilde)...]
    guard !digits.isEmpty, digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else {
      return false
    }
    // The stems git derives for .git, .gitmodules, .gitignore, .gitattributes and .mailmap
    // (its is_ntfs_dotgit and is_ntfs_dot_generic).
    return ["git", "gitmod", "gi7eba", "gitign", "gi250a", "gitatt", "gi7d29", "mailma", "maba30"]
      .contains(folded[..<tilde])
  }
}

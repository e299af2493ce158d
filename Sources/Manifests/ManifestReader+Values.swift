public import Platform
import YAMLTree

/// The types of a manifest's fields beyond those of any YAML text.
extension ManifestReader {
  /// A text without control characters but tab and newline.
  func line(_ node: Node, _ what: String) -> String? { reader.text(node, what) }

  func line(_ fields: Fields, _ name: String) -> String? { fields.text(name) }

  /// A text that no comment may follow, such as an intent.
  func prose(_ fields: Fields, _ name: String) -> String? { fields.wholeText(name) }

  /// A manifest's name: `[a-z0-9][a-z0-9._-]{0,62}`.
  func nameText(_ node: Node, _ what: String, capitals: Bool = false) -> String? {
    guard let text = reader.text(node, what) else { return nil }
    let isFine = text.utf8.enumerated().allSatisfy { index, byte in
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
      case UInt8(ascii: "A")...UInt8(ascii: "Z"): capitals
      case UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"): index > 0
      default: false
      }
    }
    guard isFine, (1...63).contains(text.utf8.count) else {
      let letters = capitals ? "letters" : "small letters"
      diagnostics.error(
        "name", "\(what) '\(Excerpt.short(text))' is not of the form that names have", at: node,
        hint: "use 1 to 63 \(letters), digits, '.', '_' and '-', a letter or digit first"
          + suggestedName(text, capitals))
      return nil
    }
    return text
  }

  private func suggestedName(_ text: String, _ capitals: Bool) -> String {
    var name = ""
    // A name has 63 letters; nobody reads what a text of megabytes would give.
    let text = text.utf8.count > 1000 ? String(text.unicodeScalars.prefix(250)) : text
    for scalar in (capitals ? text : text.lowercased()).unicodeScalars {
      let isLetter = scalar.isASCII && scalar.properties.isAlphabetic
      if isLetter || ("0"..."9").contains(scalar)
        || name != "" && "._".unicodeScalars.contains(scalar)
      {
        name.unicodeScalars.append(scalar)
      } else if name != "", name.last != "-" {
        name += "-"
      }
    }
    while name.last == "-" { name.removeLast() }
    return name.isEmpty ? "" : ", such as '\(name.prefix(63))'"
  }

  /// A path below the root as it was written; what can be said before expansion is said.
  func path(_ node: Node, _ what: String) -> String? {
    guard let text = reader.text(node, what), checkPath(text, node) else { return nil }
    return text
  }

  func path(_ fields: Fields, _ name: String) -> String? {
    fields[name].flatMap { path($0, "'\(name)'") }
  }

  func paths(_ fields: Fields, _ name: String) -> [String] {
    (fields.list(name) ?? []).compactMap { path($0, "an item of '\(name)'") }
  }

  private func checkPath(_ text: String, _ node: Node) -> Bool {
    if Expansion.stands(in: text) {
      checkParameters(text, node)
      return true
    }
    do throws(PathFault) {
      let path = try RelativePath(text)
      guard let fault = StatePaths.fault(path) else { return true }
      throw fault
    } catch {
      diagnostics.error(error.rule, error.message, at: node, hint: error.hint)
      return false
    }
  }

  /// Patterns over paths, relative to the root.
  func globs(_ fields: Fields, _ name: String) -> [String]? {
    guard let items = fields.list(name) else { return nil }
    return items.compactMap { glob($0, "an item of '\(name)'") }
  }

  private func glob(_ node: Node, _ what: String) -> String? {
    guard let text = line(node, what) else { return nil }
    refuseParameters(text, node, what)
    let fault: String?
    if text.hasPrefix("/") || text.hasPrefix("!") {
      fault = text.hasPrefix("/") ? "is absolute" : "begins with '!', which patterns do not know"
    } else if text.split(separator: "/").contains("..") {
      fault = "leads out of the root ('..')"
    } else if text.hasSuffix("/") {
      fault = "ends with '/'"
    } else {
      do throws(Glob.Fault) {
        _ = try Glob(text)
        return text
      } catch { fault = "is no pattern: " + error.message }
    }
    diagnostics.error(
      "glob", "the pattern '\(Excerpt.short(text))' \(fault ?? "is not valid")", at: node,
      hint: text.hasSuffix("/")
        ? "write '\(Excerpt.short(text))**' for all that stands below the folder"
        : "write patterns from the root, such as 'src/**/*.py'")
    return nil
  }

  /// A span of time such as `90s`, `5m` or `1h`, in seconds.
  func duration(_ fields: Fields, _ name: String) -> Double? {
    guard let node = fields[name], let text = reader.text(node, "'\(name)'") else { return nil }
    if let seconds = Duration.seconds(text) { return seconds }
    diagnostics.error(
      "duration", "'\(name)' cannot be '\(Excerpt.short(text))'", at: node,
      hint: CoreNumber.int(text).map { $0 > 0 ? "write '\($0)s' for seconds" : nil }
        .flatMap { $0 } ?? "write a number and a unit: '90s', '5m' or '1h'")
    return nil
  }
}

/// Spans of time as manifests and configurations write them.
public enum Duration {
  /// The seconds that a text such as `250ms`, `90s`, `5m`, `1.5h` or `2d` says; nil for anything
  /// else, for nothing at all and for more than a year.
  public static func seconds(_ text: String) -> Double? {
    let units: [(String, Double)] = [
      ("ms", 0.001), ("s", 1), ("m", 60), ("h", 3600), ("d", 86_400),
    ]
    guard let (unit, factor) = units.first(where: { text.hasSuffix($0.0) }),
      let first = text.utf8.first, (0x30...0x39).contains(first),
      text.utf8.dropLast(unit.utf8.count).allSatisfy({ 0x30...0x39 ~= $0 || $0 == 0x2E }),
      let number = CoreNumber.double(String(text.dropLast(unit.utf8.count)))
    else { return nil }
    let seconds = number * factor
    return seconds > 0 && seconds <= 366 * 86_400 ? seconds : nil
  }
}

/// What of mtor's own folder no manifest may touch.
public enum StatePaths {
  /// The fault of a path in `.mtor/state`; nil for any other.
  public static func fault(_ path: RelativePath) -> PathFault? {
    guard path.text.utf8.first == UInt8(ascii: ".") else { return nil }
    let parts = path.components.prefix(2).map { $0.lowercased() }
    guard parts == [".mtor", "state"] else { return nil }
    return PathFault(
      rule: "path-state", message: "'\(path.text)' is mtor's own state",
      hint: "no manifest writes there: choose another path")
  }
}

public import Platform

/// Where a symbolic link may point: at something below the root, written relatively.
public enum SymlinkTarget {
  /// Why a link at a path may not have such a target; nil for a good one. Nothing is looked up:
  /// the target need not exist.
  public static func fault(_ target: String, at path: String) -> PathFault? {
    if target.isEmpty {
      return fault("empty", "the link points nowhere", "write where it points")
    }
    if target.hasPrefix("/") {
      return fault(
        "absolute", "the link's target '\(Printable.escaped(target))' is absolute",
        "write it relative to the link's folder")
    }
    var folder = path.split(separator: "/").dropLast().map(String.init)
    let parts = target.split(separator: "/", omittingEmptySubsequences: false)
    for (index, part) in parts.enumerated() {
      switch part {
      case "" where index == parts.count - 1: continue
      case "":
        return fault(
          "spelling", "the link's target '\(Printable.escaped(target))' has an empty part ('//')",
          "write each '/' once")
      case ".": continue
      case "..":
        guard folder.popLast() != nil else {
          return fault(
            "outside", "the link's target '\(Printable.escaped(target))' is outside the root",
            "point it at something below the root")
        }
      default:
        folder.append(String(part))
        do throws(PathFault) {
          _ = try RelativePath(folder.joined(separator: "/"))
        } catch {
          return PathFault(
            rule: error.rule, message: "of the link's target: " + error.message, hint: error.hint)
        }
      }
    }
    return nil
  }

  private static func fault(_ kind: String, _ message: String, _ hint: String) -> PathFault {
    PathFault(rule: "symlink-" + kind, message: message, hint: hint)
  }
}

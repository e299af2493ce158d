import Platform

/// What git takes for the name of a branch, by gitcheckrefformat(1), and for nothing else.
public enum BranchName {
  /// What is wrong with a name; nil where nothing is.
  public static func fault(_ name: String) -> String? {
    if name.isEmpty { return "is empty" }
    if name.utf8.count > 200 { return "is longer than 200 bytes" }
    if name.utf8.first == UInt8(ascii: "-") {
      return "begins with '-', which git takes for an option"
    }
    for scalar in name.unicodeScalars {
      if Printable.isUnsafe(scalar) { return "has a control character in it" }
      if " ~^:?*[\\".unicodeScalars.contains(scalar) {
        return "has '\(scalar)' in it"
      }
    }
    if name == "HEAD" || name == "@" { return "means something else to git" }
    let parts = name.split(separator: "/", omittingEmptySubsequences: false)
    for part in parts {
      if part.isEmpty { return "has an empty part" }
      if part.utf8.first == UInt8(ascii: ".") { return "has a part that begins with '.'" }
      if part.hasSuffix(".lock") { return "has a part that ends with '.lock'" }
    }
    let bytes = Array(name.utf8)
    for (one, two) in zip(bytes, bytes.dropFirst()) {
      if one == 0x2E && two == 0x2E { return "has '..' in it" }
      if one == 0x40 && two == 0x7B { return "has '@{' in it" }
    }
    return bytes.last == 0x2E ? "ends with '.'" : nil
  }
}

import Platform

/// The name of a task: `BATCH.TASK`.
///
/// It names a folder, a branch and, elsewhere, a resource of an HTTP API, so it holds letters,
/// digits, `.`, `_` and `-` alone, and nothing that git refuses in a branch.
public struct TaskId: Hashable, Sendable, CustomStringConvertible {
  public let batch: String
  public let task: String

  /// Why a text cannot be a name; one sentence with what to do.
  public struct Fault: Error, Hashable, Sendable {
    public let message: String
    public let hint: String
  }

  public init(batch: String, task: String) throws(Fault) {
    try Self.check(batch, "batch", limit: 63)
    try Self.check(task, "task", limit: 160)
    self.batch = batch
    self.task = task
  }

  public var text: String { "\(batch).\(task)" }
  public var description: String { text }

  private static func check(_ name: String, _ what: String, limit: Int) throws(Fault) {
    let fine = name.utf8.enumerated().allSatisfy { index, byte in
      isLetterOrDigit(byte) || (index > 0 && [0x2D, 0x2E, 0x5F].contains(byte))
    }
    guard fine, (1...limit).contains(name.utf8.count) else {
      throw Fault(
        message: "'\(Printable.escaped(name))' cannot name a \(what)",
        hint: "use 1 to \(limit) letters, digits, '.', '_' and '-', a letter or digit first")
    }
    let bytes = Array(name.utf8)
    let hasTwoDots = zip(bytes, bytes.dropFirst()).contains { $0 == 0x2E && $1 == 0x2E }
    if hasTwoDots || bytes.last == 0x2E || name.hasSuffix(".lock") {
      throw Fault(
        message: "'\(name)' cannot name a \(what): it names a branch too",
        hint: "leave out '..', and '.' or '.lock' at the end")
    }
  }

  private static func isLetterOrDigit(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
    default: false
    }
  }

  /// The name of a task that was given none: the manifest's, the last part of the repository's
  /// path, and eight digits that tell repository, branch and parameters apart.
  public static func defaultTask(
    manifest: String, repository: String, branch: String?, params: [String: String]
  ) -> String {
    var told = "\(repository)\0\(branch ?? "")"
    for (name, value) in params.sorted(by: { $0.key < $1.key }) { told += "\0\(name)=\(value)" }
    let digits = String(Digest(of: Array(told.utf8)).hex.prefix(8))
    var last = repository.split(separator: "/").last.map(String.init) ?? ""
    if last == ".git", let above = repository.split(separator: "/").dropLast().last {
      last = String(above)
    }
    if last.hasSuffix(".git") { last.removeLast(4) }
    return "\(word(manifest, 63))-\(word(last, 63))-\(digits)"
  }

  /// A text with what a name may not hold replaced.
  private static func word(_ text: String, _ limit: Int) -> String {
    var bytes: [UInt8] = []
    for byte in text.utf8.prefix(limit) {
      let isFine = isLetterOrDigit(byte) || byte == 0x5F || (byte == 0x2E && bytes.last != 0x2E)
      if isFine && !(bytes.isEmpty && !isLetterOrDigit(byte)) {
        bytes.append(byte)
      } else if bytes.last != 0x2D, !bytes.isEmpty {
        bytes.append(0x2D)
      }
    }
    return bytes.isEmpty ? "x" : String(decoding: bytes, as: UTF8.self)
  }
}

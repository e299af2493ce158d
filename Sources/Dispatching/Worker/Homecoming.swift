import Manifests
public import Platform

/// What passed on another machine, as it comes home: a bundle in the task's report.
public enum Homecoming {
  /// The most bytes of a bundle: in base64 and with the report it is below what Temporal takes.
  public static let limit = 1_200_000

  private static let key = "bundle"

  static func add(_ bundle: [UInt8], to report: JSON?) -> JSON {
    .object(
      (without(report)?.object ?? []) + [
        JSON.Member(key, .string(TemporalOrder.base64(bundle)))
      ])
  }

  /// The bundle of a report; nil where there is none.
  public static func bundle(in report: JSON?) -> [UInt8]? {
    guard let text = report?[key]?.string else { return nil }
    do throws(Base64.Fault) { return try Base64.decode(Array(text.utf8)) } catch { return nil }
  }

  /// The report without it, for people.
  public static func without(_ report: JSON?) -> JSON? {
    guard let members = report?.object else { return report }
    return .object(members.filter { $0.key != key })
  }

  static func tooLarge(_ tree: TaskTree, in repository: String) -> String {
    "its result is more than the \(limit) bytes that a queue carries: it stays on its worker's "
      + "machine, from where 'git push' takes the branch '\(tree.branch)' of "
      + Printable.escaped(repository)
  }
}

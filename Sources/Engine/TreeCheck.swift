public import Manifests
import Materialising
import Platform

/// How a tree stands, looked at without a lock, a write or a command.
public struct TreeCheck: Sendable {
  /// Absolute.
  public let root: String
  /// Where mtor keeps what it needs to recover and undo; it need not stand yet.
  public let state: String
  /// What an earlier run left unfinished, one sentence; nil where nothing is.
  public let unfinished: String?

  /// Looks; what keeps a run of this configuration from beginning there is thrown.
  public static func make(
    _ given: String?, _ configuration: Configuration
  ) throws(RunFailure) -> TreeCheck {
    guard let path = try RootFolder.resolve(given, making: false) else {
      throw RootFolder.missing(given)
    }
    let view = try TreeView(path)
    _ = try configuration.tightened(by: view.root)
    do throws(TreeError) {
      return TreeCheck(
        root: path, state: view.state.path, unfinished: try view.state.unfinished())
    } catch {
      throw RunFailure(error)
    }
  }
}

public import Materialising
import Platform

/// What is still known of the bytes that an earlier run found and left.
public enum RunHistory {
  /// The changes of a run in the tree of its root, in the order of its steps; empty where the undo
  /// store has them no more. `limit` is the largest file to be read, `total` what all of
  /// them may have together, both in bytes.
  public static func changes(
    of run: String, root: String, limit: Int = 1 << 20, total: Int = 8 << 20
  ) throws(RunFailure) -> [RunChange] {
    let view = try TreeView(root)
    do throws(TreeError) {
      return try view.state.changes(of: run, in: view.root, limit: limit, total: total)
    } catch {
      throw RunFailure(error)
    }
  }
}

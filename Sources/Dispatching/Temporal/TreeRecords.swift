import Glibc
import Platform

/// Where the trees of tasks are that this machine has worked at: of these things a worker believes
/// its own disk alone, and nothing that came through the queue.
struct TreeRecords: Sendable {
  /// Absolute.
  let folder: String

  /// The tree of a task's earlier attempt; nil where this machine has none, or one of another
  /// dispatch of the same name.
  func read(_ task: TemporalOrder) -> TaskTree? {
    let json: JSON
    do {
      let file = try Descriptor.open(path(task), O_RDONLY | O_NOFOLLOW)
      json = try JSON(parsing: try file.readAll(limit: 65_536, path: "record"))
    } catch {
      // None, or one that cannot be read: the task gets a new tree on a new branch.
      return nil
    }
    guard json["lineage"]?.string == task.lineage, let path = json["path"]?.string,
      let branch = json["branch"]?.string, let base = json["base"]?.string
    else { return nil }
    return TaskTree(path: path, branch: branch, base: base)
  }

  func write(_ tree: TaskTree, of task: TemporalOrder) throws(SystemError) {
    try TaskTrees.makeFolder(folder)
    let json: JSON = [
      "lineage": .string(task.lineage), "path": .string(tree.path),
      "branch": .string(tree.branch), "base": .string(tree.base),
    ]
    try ReplacedFile.write(json.bytes(), to: path(task), mode: 0o600)
  }

  private func path(_ task: TemporalOrder) -> String {
    "\(folder)/\(task.order.id.text)~\(task.generation).json"
  }
}

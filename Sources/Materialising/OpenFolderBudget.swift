import Glibc
import Synchronization

/// How many folders may be kept open for looking, in the whole process: a quarter of the files that
/// it may open, and 256 at most, so that many plans side by side leave room for everything else.
enum OpenFolderBudget {
  private static let left = Atomic<Int>(limit)

  private static var limit: Int {
    var limits = rlimit()
    guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limits) == 0 else { return 16 }
    return Int(min(limits.rlim_cur / 4, 256))
  }

  /// Takes one, to be given back; false where none is left.
  static func take() -> Bool {
    if left.subtract(1, ordering: .relaxed).newValue >= 0 { return true }
    giveBack(1)
    return false
  }

  static func giveBack(_ count: Int) { left.add(count, ordering: .relaxed) }
}

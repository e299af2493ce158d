import CMtor
import Glibc
public import Platform

/// A shadow of a tree: commands that run in it see the tree at its own path and may change it at
/// will; nobody else sees any of that, and the tree stays as it is.
///
/// An overlay is mounted over the tree's path in a mount namespace that only the shadow's commands
/// are in. Nothing is copied, whatever the size of the tree. Use it from one thread, except for
/// `runner`; call `discard` when done.
public final class Shadow {
  /// How the shadow was made, for the report.
  public enum Kind: Hashable, Sendable {
    /// An overlay; as an ordinary user, in a user namespace too.
    case overlay(inUserNamespace: Bool)
    /// The same, with what changes kept in memory: no file system here can hold it.
    case overlayInMemory(inUserNamespace: Bool)
    /// A copy elsewhere, without the folders that are named.
    case copy(omitting: [String])
  }

  /// A way to make a shadow.
  public enum Way: Hashable, Sendable, CaseIterable {
    /// An overlay, what changes kept in the storage, beside the tree, or in memory.
    case overlayInStorage, overlayBesideTree, overlayInMemory
    case copy
  }

  /// What a shadow is made of.
  public struct Description: Sendable {
    /// The tree; absolute, without symbolic links.
    public var root: String
    /// Folders beside the tree that its commands may change too, and must not for real: git
    /// folders that lie outside it.
    public var besides: [String]
    /// Folders that commands must not see: mtor's state.
    public var covered: [String]
    /// Files and folders that commands may only read.
    public var pinned: [String]
    /// Nothing else that is mounted can be written either: for Landlock, which does not look
    /// after owners and modes.
    public var isSealed: Bool
    /// The tree will change while the shadow is in use, and `renew` be called after that. Folders
    /// of the tree can then not be renamed in the shadow; `mv` copies them.
    public var isRenewable: Bool
    /// Where what changes may be kept: `$XDG_STATE_HOME/mtor`.
    public var storage: String
    /// The ways that may be tried, in their own order.
    public var ways: Set<Way>

    public init(
      root: String, storage: String, besides: [String] = [], covered: [String] = [],
      pinned: [String] = []
    ) {
      self.root = root
      self.storage = storage
      self.besides = besides
      self.covered = covered
      self.pinned = pinned
      isSealed = false
      isRenewable = false
      ways = Set(Way.allCases)
    }
  }

  public let kind: Kind
  /// Why the ways that come before this one did not work, one sentence each.
  public let reasons: [String]
  /// The tree's own path.
  public let root: String
  /// Where commands find the tree: `root`, or the copy.
  public let workingRoot: String
  /// Runs commands inside; `MTOR_SHADOW` is set for them.
  public let runner: CommandRunner
  /// A private folder for whatever goes with the shadow, as its commands see it.
  public var scratch: String { storage.path }
  /// True if nothing but the tree can be written in it: as it was described, but for a copy, which
  /// has no namespace of its own.
  public let isSealed: Bool
  private let storage: ShadowStorage
  private var view: View?
  private let overlay: Overlay?
  private var isDiscarded = false

  /// The folders through which mtor itself sees the shadow.
  struct View {
    /// The tree as the shadow has it.
    let tree: RootTree
    /// What differs from the tree; nil for a copy.
    let upper: RootTree?
  }

  init(
    _ kind: Kind, _ description: Description, workingRoot: String, view: View,
    overlay: Overlay?, runner: CommandRunner, storage: ShadowStorage, reasons: [String]
  ) {
    self.kind = kind
    root = description.root
    isSealed = description.isSealed && overlay != nil
    self.workingRoot = workingRoot
    self.view = view
    self.overlay = overlay
    self.runner = runner
    self.storage = storage
    self.reasons = reasons
  }

  deinit {
    // A shadow that could not be removed is left to `ShadowStorage.removeAbandoned`.
    if !isDiscarded { try? storage.remove() }
  }

  /// The tree as the shadow has it.
  public var tree: RootTree {
    get throws(SystemError) { try present().tree }
  }

  /// What differs from the tree; nil for a copy.
  var upper: RootTree? {
    get throws(SystemError) { try present().upper }
  }

  private func present() throws(SystemError) -> View {
    // `renew` has failed before.
    guard let view else { throw SystemError("shadow", root, code: ESTALE) }
    return view
  }

  /// Brings the shadow over the tree as it is now: to be called, between commands, whenever the
  /// tree has changed. What commands changed stays.
  ///
  /// The kernel does not say what an overlay shows when what lies below it changes; so it is
  /// mounted anew. A copy does not notice. After an error the shadow can only be discarded.
  public func renew() throws(SystemError) {
    guard let overlay else { return }
    // Closed first: an overlay that is still in use would share its upper folder with the new one.
    view = nil
    view = try overlay.enter(again: true).view
  }

  /// Removes all that the shadow has kept. Its commands must have ended.
  public func discard() throws(SystemError) {
    isDiscarded = true
    try storage.remove()
  }

  /// A path of the tree as the shadow's commands see it.
  public func workingPath(_ path: String) -> String {
    Self.isWithin(path, root) ? workingRoot + path.dropFirst(root.count) : path
  }

  /// True if a path is a folder or lies below it.
  static func isWithin(_ path: String, _ folder: String) -> Bool {
    path == folder || path.hasPrefix(folder == "/" ? "/" : folder + "/")
  }
}

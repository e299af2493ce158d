public import Platform

/// What the steps declare that a run has still to carry out: what a repair wrote there would be
/// overwritten, and the test that it passed would be red again.
public struct LaterDeclarations: Sendable {
  private var files: [RelativePath: String] = [:]
  private var trees: [(path: RelativePath, step: String)] = []

  public init() {}

  /// The path gets other bytes in a step, or goes.
  public mutating func add(file path: RelativePath, of step: String) {
    if files[path] == nil { files[path] = step }
  }

  /// All below the path goes in a step.
  public mutating func add(tree path: RelativePath, of step: String) { trees.append((path, step)) }

  /// The first step that declares the path; nil for none.
  public func step(declaring path: RelativePath) -> String? {
    files[path] ?? trees.first { path.isWithin($0.path) }?.step
  }
}

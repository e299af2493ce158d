import Manifests
import YAMLTree

/// A change of a file's bytes that knows whether it was made already.
protocol Transformation {
  /// Makes the change, whether it stands already or not.
  func applied(to bytes: [UInt8]) throws(EditFailure) -> [UInt8]

  /// The bytes from which `applied` makes these; nil where the change does not stand in them.
  func unapplied(from bytes: [UInt8]) -> [UInt8]?

  /// Decides without memory what is to do: everything, nothing, or a mix, which is an error.
  func evaluated(on bytes: [UInt8]) throws(EditFailure) -> TransformationOutcome
}

/// What a transformation finds in a file.
enum TransformationOutcome: Equatable {
  /// The whole result stands already.
  case stands
  case changed([UInt8])
}

extension Transformation {
  /// Proves that the change will not change its own result once more.
  func proveIdempotent(on result: [UInt8]) throws(EditFailure) {
    let again: TransformationOutcome
    do {
      again = try evaluated(on: result)
    } catch {
      // It does not apply a second time: an error then, never a second change.
      return
    }
    guard case .changed(let bytes) = again, bytes != result else { return }
    throw EditFailure(
      "edit-not-idempotent", "applied to its own result, the edit would change it once more",
      hint: "look for a text that the result does not contain")
  }
}

/// A whole file as a transformation: whatever was there, the content stands afterwards.
struct WholeFile: Transformation {
  let content: [UInt8]

  func applied(to bytes: [UInt8]) throws(EditFailure) -> [UInt8] { content }
  func unapplied(from bytes: [UInt8]) -> [UInt8]? { nil }
  func evaluated(on bytes: [UInt8]) throws(EditFailure) -> TransformationOutcome {
    bytes == content ? .stands : .changed(content)
  }
}

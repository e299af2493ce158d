import YAMLTree

/// `set`: a value of a JSON or YAML file, changed in its own bytes alone.
struct ValueEdit {
  private let pointer: JSONPointer
  private let value: Node

  init(_ pointer: String, _ value: Node) throws(EditFailure) {
    self.pointer = try JSONPointer(pointer)
    self.value = value
  }

  func applied(to bytes: [UInt8]) throws(EditFailure) -> [UInt8] {
    throw EditFailure("set-unsupported", "unsupported")
  }

  func stands(in bytes: [UInt8]) -> Bool { false }
}

/// A path to a value of a document (RFC 6901).
struct JSONPointer {
  let tokens: [String]

  init(_ text: String) throws(EditFailure) { tokens = [text] }
}

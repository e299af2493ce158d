/// The wire format of protocol buffers, as far as one call needs it: whole numbers, and fields that
/// have a length.
enum Protobuf {
  /// Appends a field of bytes.
  static func append(_ number: UInt64, _ bytes: some Collection<UInt8>, to result: inout [UInt8]) {
    append(number << 3 | 2, to: &result)
    append(UInt64(bytes.count), to: &result)
    result += bytes
  }

  /// Appends a field of a whole number.
  static func append(_ number: UInt64, _ value: UInt64, to result: inout [UInt8]) {
    append(number << 3, to: &result)
    append(value, to: &result)
  }

  private static func append(_ value: UInt64, to result: inout [UInt8]) {
    var rest = value
    while rest > 0x7F {
      result.append(UInt8(rest & 0x7F) | 0x80)
      rest >>= 7
    }
    result.append(UInt8(rest))
  }

  /// Why bytes are no message.
  struct Fault: Error, Hashable {}
}

/// A message that was received: its fields by number, of each the last, as the format wants it.
///
/// What comes from a server is input: nothing in it is believed, and every byte is looked at once.
struct ProtobufMessage {
  private enum Value {
    case number(UInt64)
    case bytes(ArraySlice<UInt8>)
  }

  private var fields: [UInt64: Value] = [:]

  init(_ bytes: ArraySlice<UInt8>) throws(Protobuf.Fault) {
    var rest = bytes
    while !rest.isEmpty {
      let tag = try Self.number(&rest)
      let field = tag >> 3
      // 29 bits name a field, and 0 is none.
      guard field > 0, field < 1 << 29 else { throw Protobuf.Fault() }
      switch tag & 7 {
      case 0: fields[field] = .number(try Self.number(&rest))
      case 1: _ = try Self.take(8, of: &rest)
      case 2: fields[field] = .bytes(try Self.take(try Self.number(&rest), of: &rest))
      case 5: _ = try Self.take(4, of: &rest)
      // Groups, which nobody sends any more, and what the format does not know.
      default: throw Protobuf.Fault()
      }
    }
  }

  private static func number(_ rest: inout ArraySlice<UInt8>) throws(Protobuf.Fault) -> UInt64 {
    var value: UInt64 = 0
    for place in 0..<10 {
      guard let byte = rest.popFirst() else { throw Protobuf.Fault() }
      // The tenth byte has room for one bit.
      if place == 9 && byte > 1 { throw Protobuf.Fault() }
      value |= UInt64(byte & 0x7F) << UInt64(7 * place)
      if byte < 0x80 { return value }
    }
    throw Protobuf.Fault()
  }

  private static func take(
    _ count: UInt64, of rest: inout ArraySlice<UInt8>
  ) throws(Protobuf.Fault) -> ArraySlice<UInt8> {
    guard count <= UInt64(rest.count) else { throw Protobuf.Fault() }
    let part = rest.prefix(Int(count))
    rest = rest.dropFirst(Int(count))
    return part
  }

  /// The number of a field; 0 where it is not there, as the format wants it.
  func number(_ field: UInt64) throws(Protobuf.Fault) -> UInt64 {
    switch fields[field] {
    case .number(let value): return value
    case .bytes: throw Protobuf.Fault()
    case nil: return 0
    }
  }

  /// The bytes of a field; none where it is not there.
  func bytes(_ field: UInt64) throws(Protobuf.Fault) -> ArraySlice<UInt8> {
    switch fields[field] {
    case .bytes(let value): return value
    case .number: throw Protobuf.Fault()
    case nil: return []
    }
  }

  /// The text of a field.
  func text(_ field: UInt64) throws(Protobuf.Fault) -> String {
    guard let text = String(validating: try bytes(field), as: UTF8.self) else {
      throw Protobuf.Fault()
    }
    return text
  }

  /// The message in a field; an empty one where it is not there.
  func message(_ field: UInt64) throws(Protobuf.Fault) -> ProtobufMessage {
    try ProtobufMessage(try bytes(field))
  }
}

import Planning
import Platform

/// The lines that journals and the memory are made of.
enum JournalLines {
  static func append(_ header: TransactionHeader, to bytes: inout [UInt8]) {
    bytes += "step \(header.kept) \(escaped(header.run)) \(escaped(header.manifest)) ".utf8
    bytes += "\(escaped(header.step))\n".utf8
  }

  static func append(_ operation: Operation, to bytes: inout [UInt8]) {
    bytes.append(operation.kind.rawValue)
    bytes.append(0x20)
    append(UInt64(operation.slot), to: &bytes)
    bytes.append(0x20)
    if let within = operation.within { append(UInt64(within), to: &bytes) } else { none(&bytes) }
    bytes.append(0x20)
    append(operation.old, to: &bytes)
    append(operation.new, to: &bytes)
    bytes += operation.action.rawValue.utf8
    bytes.append(0x20)
    if let declared = operation.declared { append(declared, to: &bytes) } else { none(&bytes) }
    bytes.append(0x20)
    bytes.append(operation.isRepair ? 0x2B : 0x2D)
    bytes.append(0x20)
    // The path's rules keep every control character out.
    bytes += operation.path.text.utf8
    bytes.append(0x0A)
  }

  /// Reads all lines, or throws `damaged` at the first that is none of ours.
  static func read(
    _ body: ArraySlice<UInt8>, header: (TransactionHeader) -> Void,
    operation: (Operation) -> Void
  ) throws(SealedFile.Fault) {
    var body = body
    while !body.isEmpty {
      var line = nextLine(&body)
      if line.starts(with: "step ".utf8) {
        guard let value = readHeader(&line) else { throw .damaged }
        header(value)
      } else {
        guard let value = readOperation(&line) else { throw .damaged }
        operation(value)
      }
    }
  }

  /// One header line, of a journal that was not verified.
  static func header(_ line: ArraySlice<UInt8>) -> TransactionHeader? {
    var line = line
    return readHeader(&line)
  }

  private static func readHeader(_ line: inout ArraySlice<UInt8>) -> TransactionHeader? {
    guard word(&line) == "step", let kept = number(&line), let run = word(&line),
      let manifest = word(&line), let step = word(&line)
    else { return nil }
    return TransactionHeader(
      run: unescaped(run), manifest: unescaped(manifest), step: unescaped(step),
      kept: Int64(clamping: kept))
  }

  private static func readOperation(_ line: inout ArraySlice<UInt8>) -> Operation? {
    guard let letter = field(&line), letter.count == 1, let first = letter.first,
      let kind = Operation.Kind(rawValue: first), let slot = number(&line),
      let within = optional(&line, number), let old = optional(&line, recorded),
      let new = optional(&line, recorded), let name = word(&line),
      let action = PlannedFile.Action(rawValue: name), let declared = optional(&line, digest),
      let repair = field(&line),
      let path = try? RelativePath(String(decoding: line, as: UTF8.self))
    else { return nil }
    return Operation(
      kind: kind, path: path, slot: Int(clamping: slot), within: within.map { Int(clamping: $0) },
      old: old, new: new, action: action, declared: declared, isRepair: repair.first == 0x2B)
  }

  // MARK: Fields

  static func nextLine(_ body: inout ArraySlice<UInt8>) -> ArraySlice<UInt8> {
    let end = body.firstIndex(of: 0x0A) ?? body.endIndex
    defer { body = body[min(end + 1, body.endIndex)...] }
    return body[..<end]
  }

  static func field(_ line: inout ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
    guard !line.isEmpty else { return nil }
    let end = line.firstIndex(of: 0x20) ?? line.endIndex
    defer { line = line[min(end + 1, line.endIndex)...] }
    return line[..<end]
  }

  static func word(_ line: inout ArraySlice<UInt8>) -> String? {
    field(&line).map { String(decoding: $0, as: UTF8.self) }
  }

  static func number(_ line: inout ArraySlice<UInt8>) -> UInt64? {
    field(&line).flatMap(number)
  }

  /// Nil: not readable; a nil inside: `-`.
  private static func optional<Value>(
    _ line: inout ArraySlice<UInt8>, _ read: (ArraySlice<UInt8>) -> Value?
  ) -> Value?? {
    guard let field = field(&line) else { return nil }
    if field.elementsEqual([0x2D]) { return .some(nil) }
    return read(field).map { .some($0) }
  }

  private static func number(_ digits: ArraySlice<UInt8>) -> UInt64? {
    guard !digits.isEmpty, digits.count < 20 else { return nil }
    var value: UInt64 = 0
    for digit in digits {
      guard (0x30...0x39).contains(digit) else { return nil }
      value = value &* 10 &+ UInt64(digit - 0x30)
    }
    return value
  }

  private static func digest(_ text: ArraySlice<UInt8>) -> Digest? { Digest(hexDigits: text) }

  /// `f:INODE:SIZE:MODE:DIGEST`
  private static func recorded(_ text: ArraySlice<UInt8>) -> Operation.Recorded? {
    let parts = text.split(separator: 0x3A, omittingEmptySubsequences: false)
    guard parts.count == 5, parts[0].count == 1, let first = parts[0].first,
      let kind = Operation.Recorded.Kind(rawValue: first), let inode = number(parts[1]),
      let size = number(parts[2]), let mode = number(parts[3]), let digest = digest(parts[4])
    else { return nil }
    return Operation.Recorded(
      kind: kind, inode: inode, size: Int64(clamping: size), mode: UInt32(clamping: mode),
      digest: digest)
  }

  private static func append(_ recorded: Operation.Recorded?, to bytes: inout [UInt8]) {
    guard let recorded else {
      none(&bytes)
      bytes.append(0x20)
      return
    }
    bytes.append(recorded.kind.rawValue)
    for number in [recorded.inode, UInt64(recorded.size), UInt64(recorded.mode)] {
      bytes.append(0x3A)
      append(number, to: &bytes)
    }
    bytes.append(0x3A)
    append(recorded.digest, to: &bytes)
    bytes.append(0x20)
  }

  private static func none(_ bytes: inout [UInt8]) { bytes.append(0x2D) }

  private static func append(_ number: UInt64, to bytes: inout [UInt8]) {
    bytes += String(number).utf8
  }

  private static func append(_ digest: Digest, to bytes: inout [UInt8]) {
    digest.appendHex(to: &bytes)
  }

  /// Blanks, controls and `%` as `%HH`, so that a text is one word; the empty text is `%`.
  static func escaped(_ text: String) -> String {
    if text.isEmpty { return "%" }
    var result = ""
    for scalar in text.unicodeScalars {
      if scalar.value <= 0x20 || scalar == "%" || scalar.value == 0x7F {
        let digits = String(scalar.value, radix: 16)
        result += scalar.value < 16 ? "%0\(digits)" : "%\(digits)"
      } else {
        result.unicodeScalars.append(scalar)
      }
    }
    return result
  }

  static func unescaped(_ word: String) -> String {
    var bytes: [UInt8] = []
    var rest = Array(word.utf8)[...]
    while let byte = rest.popFirst() {
      if byte == 0x25 {
        let digits = String(decoding: rest.prefix(2), as: UTF8.self)
        rest = rest.dropFirst(2)
        if let value = UInt8(digits, radix: 16) { bytes.append(value) }
      } else {
        bytes.append(byte)
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}

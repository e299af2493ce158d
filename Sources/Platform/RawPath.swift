import Glibc

/// A name or path as the system keeps it: bytes that need not be text.
///
/// What is walked whole goes by these, so that a name that is no UTF-8 is neither passed over nor
/// taken for another one.
public struct RawPath: Hashable, Sendable {
  /// With the NUL at its end, as a system call takes it.
  public let cString: [CChar]

  public init(_ text: String) { cString = Array(text.utf8CString) }

  /// A copy of what ends at the NUL.
  public init(copying pointer: UnsafePointer<CChar>) {
    cString = Array(UnsafeBufferPointer(start: pointer, count: strlen(pointer) + 1))
  }

  private init(cString: [CChar]) { self.cString = cString }

  public var bytes: [UInt8] { cString.dropLast().map { UInt8(bitPattern: $0) } }

  public var isEmpty: Bool { cString.count == 1 }

  /// The text that it is; nil where it is no UTF-8.
  public var text: String? { String(validating: bytes, as: UTF8.self) }

  /// Text in any case, with U+FFFD for what is no UTF-8: to be matched by a pattern, never opened.
  public var decoded: String { String(decoding: bytes, as: UTF8.self) }

  /// Safe to print: bytes that are no UTF-8 are written as `\xHH`, controls are escaped.
  public var shown: String {
    let bytes = bytes
    if bytes.allSatisfy({ (0x20..<0x7F).contains($0) }) { return decoded }
    return Printable.escaped(Printable.output(bytes))
  }

  /// The path of a name below this one; the name itself below the empty path.
  public func appending(_ name: RawPath) -> RawPath {
    isEmpty
      ? name
      : RawPath(cString: cString.dropLast() + [CChar(bitPattern: UInt8(ascii: "/"))] + name.cString)
  }
}

extension RawPath: Comparable {
  /// By bytes.
  public static func < (a: RawPath, b: RawPath) -> Bool { strcmp(a.cString, b.cString) < 0 }
}

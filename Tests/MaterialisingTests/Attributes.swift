import Glibc

/// Extended attributes, by the C functions that Swift's Glibc module does not show.
enum Attributes {
  private typealias Set =
    @convention(c) (
      UnsafePointer<CChar>, UnsafePointer<CChar>, UnsafeRawPointer, Int, Int32
    ) -> Int32
  private typealias Get =
    @convention(c) (
      UnsafePointer<CChar>, UnsafePointer<CChar>, UnsafeMutableRawPointer, Int
    ) -> Int

  static func set(_ path: String, _ name: String, _ value: String) -> Bool {
    guard let symbol = dlsym(nil, "setxattr") else { return false }
    let bytes = Array(value.utf8)
    return unsafeBitCast(symbol, to: Set.self)(path, name, bytes, bytes.count, 0) == 0
  }

  static func get(_ path: String, _ name: String) -> String? {
    guard let symbol = dlsym(nil, "getxattr") else { return nil }
    var bytes = [UInt8](repeating: 0, count: 256)
    let count = unsafeBitCast(symbol, to: Get.self)(path, name, &bytes, bytes.count)
    return count < 0 ? nil : String(decoding: bytes[..<count], as: UTF8.self)
  }
}

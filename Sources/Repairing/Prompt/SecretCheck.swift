import Glibc
import Manifests

/// What tells a value from a look-alike.
extension MaintainedRule.Check {
  func accepts(_ value: ArraySlice<UInt8>) -> Bool {
    switch self {
    case .none: true
    case .context: false
    case .base64: Self.entropy(value) >= Self.leastBase64(value.count)
    case .base32: Self.entropy(value) >= Self.leastBase32(value.count)
    case .basic: Self.isNameAndPassword(value)
    }
  }

  /// Shannon's, in bits a byte.
  static func entropy(_ value: ArraySlice<UInt8>) -> Double {
    var counts = [Int](repeating: 0, count: 256)
    for byte in value { counts[Int(byte)] += 1 }
    let total = Double(value.count)
    return counts.reduce(0) { sum, count in
      count == 0 ? sum : sum - Double(count) / total * log2(Double(count) / total)
    }
  }

  /// What random base64 of that length has at least, as CredSweeper measured it. Nothing shorter
  /// than twelve is a secret.
  private static func leastBase64(_ count: Int) -> Double {
    let size = Double(count)
    return switch count {
    case 12..<18: 0.915 * log2(size) - 0.047
    case 18..<35: 0.767 * log2(size) + 0.5677
    case 35..<65: 0.944 * log2(size) - 0.009 * size - 0.04
    case 65..<256: 0.621 * log2(size) - 0.003 * size + 1.54
    case 256...: 6 - 64 / size
    default: .infinity
    }
  }

  private static func leastBase32(_ count: Int) -> Double {
    let size = Double(count)
    return switch count {
    case 8..<17: 0.80569236 * log2(size) + 0.13439734
    case 17..<33: 0.66350481 * log2(size) + 0.71143862
    case 33...: 4.04
    default: .infinity
    }
  }

  /// `name:password`, the password of at least four bytes, in base64 of either alphabet.
  private static func isNameAndPassword(_ value: ArraySlice<UInt8>) -> Bool {
    var text = value.filter { $0 != UInt8(ascii: "=") }.map { byte in
      switch byte {
      case UInt8(ascii: "-"): UInt8(ascii: "+")
      case UInt8(ascii: "_"): UInt8(ascii: "/")
      default: byte
      }
    }
    while text.count % 4 != 0 { text.append(UInt8(ascii: "=")) }
    guard case .success(let decoded) = Result(catching: { try Base64.decode(text) }),
      let colon = decoded.firstIndex(of: UInt8(ascii: ":")),
      String(validating: decoded, as: UTF8.self) != nil
    else { return false }
    return colon > 0 && decoded.count - colon - 1 >= 4
  }
}

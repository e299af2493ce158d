import Glibc
import Platform

/// Sockets that nobody in a sandbox must reach.
final class Listeners {
  private let tcp = Listeners.socket(AF_INET, SOCK_STREAM)
  private let udp = Listeners.socket(AF_INET, SOCK_DGRAM)
  private let abstract = Listeners.socket(AF_UNIX, SOCK_STREAM)
  private let path = Listeners.socket(AF_UNIX, SOCK_STREAM)
  let tcpPort: UInt16
  let udpPort: UInt16
  let abstractName = "mtor-escape-\(getpid())-\(UInt32.random(in: .min ... .max))"
  let socketPath: String
  /// Something in this process's memory.
  let address = UnsafeMutableRawPointer.allocate(byteCount: 16, alignment: 16)

  /// The socket of a path is made in a folder, if that can be written.
  init(socketFolder: String) throws {
    tcpPort = Self.bindToLoopback(tcp.raw)
    udpPort = Self.bindToLoopback(udp.raw)
    socketPath = socketFolder + "/socket"
    Self.bind(abstract.raw, [0] + abstractName.utf8)
    Self.bind(path.raw, Array(socketPath.utf8))
    for raw in [tcp.raw, abstract.raw, path.raw] { listen(raw, 4) }
  }

  deinit { address.deallocate() }

  /// True if somebody connected or sent something.
  var wereReached: Bool {
    var watched = [tcp.raw, udp.raw, abstract.raw, path.raw].map {
      pollfd(fd: $0, events: Int16(POLLIN), revents: 0)
    }
    poll(&watched, 4, 0)
    return watched.contains { $0.revents & Int16(POLLIN) != 0 }
  }

  private static func socket(_ family: Int32, _ type: __socket_type) -> Descriptor {
    Descriptor(owning: Glibc.socket(family, Int32(type.rawValue), 0))
  }

  private static func bindToLoopback(_ raw: Int32) -> UInt16 {
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    var size = socklen_t(MemoryLayout<sockaddr_in>.size)
    return withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        _ = Glibc.bind(raw, $0, size)
        getsockname(raw, $0, &size)
      }
      return UInt16(bigEndian: pointer.pointee.sin_port)
    }
  }

  private static func bind(_ raw: Int32, _ name: [UInt8]) {
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    guard name.count < MemoryLayout.size(ofValue: address.sun_path) else { return }
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: name) }
    // One more byte, as the program that connects counts it.
    let size = socklen_t(MemoryLayout<sa_family_t>.size + name.count + (name.first == 0 ? 0 : 1))
    withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { _ = Glibc.bind(raw, $0, size) }
    }
  }
}

import Glibc
import Platform

/// The clock of leases: it goes on while the machine sleeps, nobody can set it, and it begins anew
/// with every boot, which its name tells.
struct BootClock: Sendable {
  /// The kernel's id of this boot.
  let boot: String

  init() {
    do {
      let file = try Descriptor.open("/proc/sys/kernel/random/boot_id", O_RDONLY)
      let bytes = try file.readAll(limit: 4096, path: "boot_id")
      boot = String(decoding: bytes.prefix { $0 > 0x20 }, as: UTF8.self)
    } catch {
      // Without /proc a lease outlives a reboot by its timeout at most: the clock begins at 0.
      boot = "unknown"
    }
  }

  /// Nanoseconds since the boot (CLOCK_BOOTTIME).
  var now: Int64 {
    var time = timespec()
    clock_gettime(CLOCK_BOOTTIME, &time)
    return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
  }
}

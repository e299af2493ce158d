import Glibc
import Platform

/// What is seen of a running command from outside.
public struct CommandSample: Sendable {
  /// Since its start.
  public var seconds: Double
  /// Bytes of output so far.
  public var output: Int
  /// Processor time of its processes so far, in seconds; nil where the machine does not tell.
  public var processor: Double?

  public init(seconds: Double, output: Int, processor: Double?) {
    self.seconds = seconds
    self.output = output
    self.processor = processor
  }
}

/// Somebody who looks at a running command now and then.
public struct CommandWatch {
  /// Seconds between two looks.
  public var interval: Double
  /// False ends the command, like an interruption of it alone. On the thread that runs it.
  public var look: (CommandSample) -> Bool

  public init(every interval: Double, look: @escaping (CommandSample) -> Bool) {
    self.interval = max(interval, 0.01)
    self.look = look
  }
}

/// The processor time of a process and all below it, as /proc has it.
enum ProcessorTime {
  /// In seconds, that of ended and reaped children included; nil where /proc cannot be read.
  static func below(_ process: pid_t) -> Double? {
    var children: [Int32: [Int32]] = [:]
    var ticks: [Int32: Int] = [:]
    let names: [String]
    do {
      names = try FolderListing.names(of: Descriptor.open("/proc", O_RDONLY), path: "/proc")
    } catch {
      return nil
    }
    for name in names {
      guard let id = Int32(name), let (parent, used) = status(of: id) else { continue }
      children[parent, default: []].append(id)
      ticks[id] = used
    }
    var sum = 0
    var open = [process]
    var seen: Set<Int32> = []
    while let next = open.popLast() {
      guard seen.insert(next).inserted else { continue }
      sum += ticks[next] ?? 0
      open += children[next] ?? []
    }
    return Double(sum) / Double(max(sysconf(Int32(_SC_CLK_TCK)), 1))
  }

  /// The parent of a process and its ticks; nil for one that is gone, which any may be by now.
  private static func status(of id: Int32) -> (parent: Int32, ticks: Int)? {
    let bytes: [UInt8]
    do {
      bytes = try Descriptor.open("/proc/\(id)/stat", O_RDONLY).readAll(limit: 4096, path: "stat")
    } catch {
      return nil
    }
    // The name stands in parentheses and may hold anything, parentheses too.
    guard let end = bytes.lastIndex(of: UInt8(ascii: ")")) else { return nil }
    let fields = bytes[(end + 1)...].split(separator: UInt8(ascii: " "))
      .map { Int(String(decoding: $0, as: UTF8.self)) ?? 0 }
    guard fields.count > 14 else { return nil }
    return (Int32(clamping: fields[1]), fields[11] + fields[12] + fields[13] + fields[14])
  }
}

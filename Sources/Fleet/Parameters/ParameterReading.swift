import Glibc
import Manifests
import Planning
import Platform

/// Reads the parameters of a repository from the files of its work tree.
struct ParameterReading {
  let tree: RootTree

  /// What could not be read, one sentence a parameter.
  struct Faults: Error, Hashable, Sendable {
    let messages: [String]
  }

  private static let limit = 4 << 20

  /// The values by name; later sources win over earlier ones.
  func values(_ sources: [ParameterSource]) throws(Faults) -> [String: String] {
    var last: [String: ParameterSource] = [:]
    for source in sources { last[source.name] = source }
    var values: [String: String] = [:]
    var faults: [String] = []
    for (name, source) in last.sorted(by: { $0.key < $1.key }) {
      switch found(source.value) {
      case .value(let text): values[name] = text
      case .nothing(let why):
        if let fallback = source.fallback {
          values[name] = fallback
        } else {
          faults.append("\(Printable.escaped(name)): \(why)")
        }
      // What cannot be read may be there: no default stands for that.
      case .fault(let why): faults.append("\(Printable.escaped(name)): \(why)")
      }
    }
    if !faults.isEmpty { throw Faults(messages: faults) }
    return values
  }

  private enum Found {
    case value(String)
    /// It is not there; one sentence.
    case nothing(String)
    /// It cannot be known; one sentence.
    case fault(String)
  }

  private func found(_ value: ParameterSource.Value) -> Found {
    let file: String
    switch value {
    case .text(let text): return .value(text)
    case .pointer(let name, _, _), .match(let name, _, _): file = name
    }
    let shown = Printable.escaped(file)
    let bytes: [UInt8]
    do {
      guard let read = try read(file) else { return .nothing("there is no file '\(shown)'") }
      bytes = read
    } catch let fault as DataPointer.Fault {
      return .fault(fault.message)
    } catch {
      return .fault("'\(shown)' cannot be read: \(error)")
    }
    let found =
      switch value {
      case .text(let text): Found.value(text)
      case .pointer(_, let pointer, let format): self.value(of: pointer, in: bytes, as: format)
      case .match(_, let pattern, let group): self.match(of: pattern, group, in: bytes)
      }
    return switch found {
    case .value: found
    case .nothing(let why): .nothing("\(shown): \(why)")
    case .fault(let why): .fault("\(shown): \(why)")
    }
  }

  private func value(
    of pointer: String, in bytes: [UInt8], as format: ParameterSource.Format
  ) -> Found {
    let document: DataValue
    do throws(DataPointer.Fault) { document = try DocumentFile.read(bytes, as: format) } catch {
      return .fault(error.message)
    }
    do throws(DataPointer.Fault) {
      let found = try DataPointer(pointer).value(in: document)
      if let text = found.scalarText { return .value(text) }
      let what = "'\(Printable.escaped(pointer))' names \(found.kind), not a text"
      if case .null = found { return .nothing(what) }
      return .fault(what)
    } catch {
      return .nothing(error.message + (error.hint.map { " (\($0))" } ?? ""))
    }
  }

  private func match(of pattern: String, _ group: String, in bytes: [UInt8]) -> Found {
    do throws(PatternError) {
      guard let match = try Pattern(pattern).first(in: bytes) else {
        return .nothing("the pattern finds nothing")
      }
      guard let number = Int(group), let range = match.groups[number] else {
        return .nothing("group \(group) took no part in the match")
      }
      guard let text = String(validating: bytes[range], as: UTF8.self) else {
        return .fault("what the pattern finds is not UTF-8")
      }
      return .value(text)
    } catch {
      return .fault(error.message)
    }
  }

  /// The bytes of a file; nil where there is none.
  private func read(_ file: String) throws -> [UInt8]? {
    let path = try RelativePath(file)
    let status: FileStatus?
    do throws(SystemError) {
      status = try tree.status(of: path)
    } catch {
      // A parent that is a file or a link has nothing below it that is this repository's.
      if error.code == ENOTDIR || error.code == ELOOP { return nil }
      throw error
    }
    guard let status else { return nil }
    guard status.kind == .regular else {
      throw DataPointer.Fault("'\(Printable.escaped(file))' is not a file")
    }
    guard status.size <= Self.limit else {
      throw DataPointer.Fault(
        "'\(Printable.escaped(file))' has more than \(Self.limit >> 20) MB")
    }
    return try tree.bytes(of: path, limit: Self.limit)
  }
}

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
      do throws(DataPointer.Fault) {
        values[name] = try value(of: source.value)
      } catch {
        if let fallback = source.fallback {
          values[name] = fallback
        } else {
          faults.append("\(Printable.escaped(name)): \(error.message)")
        }
      }
    }
    if !faults.isEmpty { throw Faults(messages: faults) }
    return values
  }

  private func value(of value: ParameterSource.Value) throws(DataPointer.Fault) -> String {
    switch value {
    case .text(let text): return text
    case .pointer(let file, let pointer, let format):
      let bytes = try read(file)
      let found: DataValue
      do throws(DataPointer.Fault) {
        found = try DataPointer(pointer).value(in: DocumentFile.read(bytes, as: format))
      } catch {
        let hint = error.hint.map { " (\($0))" } ?? ""
        throw DataPointer.Fault("\(Printable.escaped(file)): \(error.message)\(hint)")
      }
      guard let text = found.scalarText else {
        throw DataPointer.Fault(
          "\(Printable.escaped(file)): '\(Printable.escaped(pointer))' names \(found.kind), "
            + "not a text")
      }
      return text
    case .match(let file, let pattern, let group):
      let bytes = try read(file)
      do throws(PatternError) {
        guard let match = try Pattern(pattern).first(in: bytes) else {
          throw PatternError(message: "the pattern finds nothing", offset: nil)
        }
        guard let number = Int(group), let range = match.groups[number] else {
          throw PatternError(message: "group \(group) took no part in the match", offset: nil)
        }
        return String(decoding: bytes[range], as: UTF8.self)
      } catch {
        throw DataPointer.Fault("\(Printable.escaped(file)): \(error.message)")
      }
    }
  }

  private func read(_ file: String) throws(DataPointer.Fault) -> [UInt8] {
    let shown = Printable.escaped(file)
    do {
      let path = try RelativePath(file)
      guard let status = try tree.status(of: path), status.kind == .regular else {
        throw DataPointer.Fault("there is no file '\(shown)'")
      }
      guard status.size <= Self.limit else {
        throw DataPointer.Fault("'\(shown)' has more than \(Self.limit >> 20) MB")
      }
      return try tree.bytes(of: path, limit: Self.limit)
    } catch let fault as DataPointer.Fault {
      throw fault
    } catch {
      throw DataPointer.Fault("'\(shown)' cannot be read: \(error)")
    }
  }
}

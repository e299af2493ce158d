import Manifests
import Platform
import Subprocess

/// Whether a repository is one that a fleet's `select` wants.
struct SelectionCheck {
  let tree: RootTree
  let runner: CommandRunner

  enum Answer: Hashable {
    case yes
    /// It is not; a few words that many repositories may share.
    case no(String)
    /// It could not be found out; one sentence.
    case unknown(String)
  }

  func holds(_ selection: Selection) -> Answer {
    switch selection {
    case .exists(let path): exists(path)
    case .matches(let path, let pattern): matches(path, pattern)
    case .command(let text): succeeds(text)
    }
  }

  private func exists(_ text: String) -> Answer {
    do {
      return try tree.status(of: RelativePath(text)) == nil
        ? .no("no \(Printable.escaped(text))") : .yes
    } catch let error as SystemError {
      return Self.absent(error) ? .no("no \(Printable.escaped(text))") : .unknown("\(error)")
    } catch { return .unknown("\(error)") }
  }

  private func matches(_ text: String, _ pattern: String) -> Answer {
    let no = Answer.no("\(Printable.escaped(text)) does not match")
    do {
      let path = try RelativePath(text)
      guard let status = try tree.status(of: path) else { return no }
      guard status.kind == .regular else { return no }
      let bytes = try tree.bytes(of: path, limit: 16 << 20)
      return try Pattern(pattern).first(in: bytes) == nil ? no : .yes
    } catch let error as SystemError {
      return Self.absent(error) ? no : .unknown("\(error)")
    } catch let error as PatternError {
      return .unknown("\(Printable.escaped(text)): \(error.message)")
    } catch { return .unknown("\(error)") }
  }

  /// A parent that is a file or a link has nothing below it that is this repository's.
  private static func absent(_ error: SystemError) -> Bool { [20, 40].contains(error.code) }

  private func succeeds(_ text: String) -> Answer {
    var environment = CommandEnvironment().make()
    for name in environment.keys where name.hasPrefix("GIT_") { environment[name] = nil }
    let command = Command(.sh(text), directory: tree.path, environment: environment)
    do throws(SystemError) {
      let outcome = try runner.run(command)
      switch outcome.ending {
      case .exited(0): return .yes
      case .exited: return .no("'\(Self.short(text))' fails")
      default: return .unknown("'\(Self.short(text))' came to no end of its own")
      }
    } catch { return .unknown("'\(Self.short(text))' cannot be run: \(error)") }
  }

  private static func short(_ text: String) -> String {
    let line = text.prefix { $0 != "\n" }
    return Printable.escaped(String(line.prefix(40))) + (line.count > 40 ? "…" : "")
  }
}

import Glibc
import Manifests
import Platform
import Subprocess
import YAMLTree

/// Finds the repositories that a fleet's file names.
///
/// A repository that is named twice is one: the later entry wins, so that a pattern may be
/// followed by what holds for one of its folders alone.
struct RepositoryFinder {
  let fleet: FleetFile
  let runner: CommandRunner

  /// More repositories than these are a mistake.
  static let limit = 100_000

  func members() throws(DiagnosticList) -> [FleetMember] {
    let diagnostics = Diagnostics(fleet.source)
    var order: [String] = []
    var members: [String: FleetMember] = [:]
    for source in fleet.repositories {
      for address in addresses(of: source, diagnostics) {
        let place = RepositoryPlace.of(address)
        if members[place] == nil { order.append(place) }
        members[place] = FleetMember(
          name: FleetMember.word(of: address), address: address, params: source.params,
          branch: source.branch, skip: source.skip)
      }
      if order.count > Self.limit {
        diagnostics.error(
          "out-of-range", "there are more than \(Self.limit) repositories", at: source.mark)
        break
      }
    }
    if diagnostics.hasErrors { throw DiagnosticList(diagnostics.sorted) }
    return Self.named(order.compactMap { members[$0] })
  }

  /// The same with a name of its own each: whoever shares one gets digits of its address, as many
  /// as it takes.
  static func named(_ members: [FleetMember]) -> [FleetMember] {
    var members = members
    let counts = Dictionary(grouping: members, by: \.name).mapValues(\.count)
    var taken = Set(counts.filter { $0.value == 1 }.keys)
    for index in members.indices where counts[members[index].name] ?? 0 > 1 {
      let digits = FleetMember.digits(of: members[index].address)
      let word = members[index].name
      var name = "\(word)-\(digits.prefix(6))"
      if taken.contains(name) { name = "\(word)-\(digits)" }
      var number = 2
      while !taken.insert(name).inserted {
        name = "\(word)-\(digits)-\(number)"
        number += 1
      }
      members[index].name = name
    }
    return members
  }

  private func addresses(of source: RepositorySource, _ diagnostics: Diagnostics) -> [String] {
    switch source.place {
    case .address(let address): return [address.text]
    case .folder(let path): return [absolute(path)]
    case .glob(let pattern):
      let found: [String]
      switch folders(matching: pattern) {
      case .success(let all): found = all
      case .failure(let fault):
        diagnostics.error(
          "fleet-path", "the pattern '\(Excerpt.short(pattern))' \(fault.message)",
          at: source.mark, hint: fault.hint)
        return []
      }
      if found.isEmpty {
        diagnostics.error(
          "fleet-path", "the pattern '\(Excerpt.short(pattern))' finds no repository",
          at: source.mark, hint: "look from the folder of the fleet's file: \(fleet.folder)")
      }
      return found
    case .list(let file):
      do throws(SystemError) {
        let path = absolute(file)
        let bytes = try Descriptor.open(path, O_RDONLY).readAll(limit: 16 << 20, path: path)
        return lines(bytes, of: "the list '\(Excerpt.short(file))'", source, diagnostics)
      } catch {
        diagnostics.error(
          "fleet-path", "the list '\(Excerpt.short(file))' cannot be read: \(error.reason)",
          at: source.mark, hint: "its name is relative to the fleet's file")
        return []
      }
    case .command(let text): return output(of: text, source, diagnostics)
    }
  }

  private func output(
    of text: String, _ source: RepositorySource, _ diagnostics: Diagnostics
  ) -> [String] {
    let said = "the command '\(Excerpt.short(text))'"
    var command = Command(
      .sh(text), directory: absolute("."), environment: CommandEnvironment.inherited)
    command.capture.separate = 16 << 20
    do throws(SystemError) {
      let outcome = try runner.run(command)
      guard outcome.succeeded, let bytes = outcome.standardOutput?.whole else {
        let errors = outcome.standardError ?? outcome.output
        let last = (errors.head + errors.tail).split(separator: 0x0A).last ?? []
        diagnostics.error(
          "fleet-path", "\(said) failed: \(Excerpt.short(String(decoding: last, as: UTF8.self)))",
          at: source.mark, hint: "run it in the folder of the fleet's file")
        return []
      }
      return lines(bytes, of: said, source, diagnostics)
    } catch {
      diagnostics.error("fleet-path", "\(said) cannot be run: \(error)", at: source.mark)
      return []
    }
  }

  /// One folder or address a line; what follows `#` at the start of a line is a comment.
  private func lines(
    _ bytes: [UInt8], of what: String, _ source: RepositorySource, _ diagnostics: Diagnostics
  ) -> [String] {
    var result: [String] = []
    for (index, line) in bytes.split(separator: 0x0A, omittingEmptySubsequences: false).enumerated()
    {
      let text = String(decoding: line, as: UTF8.self).trimmed
      if text.isEmpty || text.utf8.first == UInt8(ascii: "#") { continue }
      if GitAddress.isMeant(by: text) || text.utf8.first == UInt8(ascii: "-") {
        do throws(GitAddress.Fault) { result.append(try GitAddress(text).text) } catch {
          diagnostics.error(
            "fleet-address", "line \(index + 1) of \(what): \(error.message)", at: source.mark,
            hint: error.hint)
        }
      } else if text.unicodeScalars.contains(where: Printable.isUnsafe) {
        diagnostics.error(
          "fleet-address", "line \(index + 1) of \(what) has a control character in it",
          at: source.mark, hint: "write one folder or address a line")
      } else {
        result.append(absolute(text))
      }
    }
    return result
  }

  // MARK: Folders

  /// A path as the fleet's file means it, without `.` and `..` and without links where it is there.
  private func absolute(_ path: String) -> String {
    var text = path
    if text == "~" || text.hasPrefix("~/"), let home = getenv("HOME") {
      text = String(cString: home) + text.dropFirst()
    }
    if !text.hasPrefix("/") { text = fleet.folder + "/" + text }
    if access(text, F_OK) == 0 { return RepositoryPlace.folder(text) }
    if !text.hasPrefix("/"), let current = Self.real(".") { text = current + "/" + text }
    return text
  }

  private static func real(_ path: String) -> String? {
    guard let resolved = realpath(path, nil) else { return nil }
    defer { free(resolved) }
    return String(cString: resolved)
  }

  private struct PatternFault: Error {
    let message: String
    let hint: String
  }

  /// The folders of a pattern that are repositories, in the order of their names.
  private func folders(matching pattern: String) -> Result<[String], PatternFault> {
    var text = pattern
    var base = ""
    if text.hasPrefix("~/") {
      base = getenv("HOME").map { String(cString: $0) } ?? ""
      text = String(text.dropFirst())
    } else if !text.hasPrefix("/") {
      base = (Self.real(fleet.folder) ?? fleet.folder) + "/"
    }
    // What the folder itself is called is no pattern.
    var escaped = ""
    for character in base {
      if "*?[]{}\\~".contains(character) { escaped += "\\" }
      escaped.append(character)
    }
    var matches = glob_t()
    defer { globfree(&matches) }
    // What cannot be looked through may hold repositories; a link to nowhere and a file do not.
    let code = glob(
      escaped + text, GLOB_BRACE,
      { _, code in
        code == ENOENT || code == ENOTDIR || code == ELOOP ? 0 : 1
      }, &matches)
    if code == GLOB_NOMATCH { return .success([]) }
    guard code == 0 else {
      return .failure(
        PatternFault(
          message: "leads through a folder that cannot be looked through",
          hint: "let yourself read it, or name a pattern that leads past it"))
    }
    var found: [String] = []
    for index in 0..<Int(matches.gl_pathc) {
      guard let path = matches.gl_pathv[index] else { continue }
      guard let text = String(validatingCString: path),
        !text.unicodeScalars.contains(where: Printable.isUnsafe)
      else {
        guard Self.isRepository(path) else { continue }
        return .failure(
          PatternFault(
            message:
              "finds '\(Printable.escaped(String(cString: path)))', whose name has a control "
              + "character or bytes in it that are no UTF-8", hint: "rename the folder"))
      }
      if let real = Self.real(text), Self.isRepository(real) { found.append(real) }
    }
    return .success(found)
  }

  private static func isRepository(_ path: UnsafePointer<CChar>) -> Bool {
    let folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    if folder < 0 { return false }
    defer { close(folder) }
    return faccessat(folder, ".git", F_OK, 0) == 0
      || faccessat(folder, "HEAD", F_OK, 0) == 0 && faccessat(folder, "objects", F_OK, 0) == 0
  }

  /// A work tree's top, or a bare repository.
  static func isRepository(_ folder: String) -> Bool {
    access(folder + "/.git", F_OK) == 0
      || access(folder + "/HEAD", F_OK) == 0 && access(folder + "/objects", F_OK) == 0
  }
}

extension String {
  /// Without blanks at both ends.
  fileprivate var trimmed: String {
    var text = self[...]
    while let first = text.utf8.first, [0x20, 0x09, 0x0D].contains(first) { text.removeFirst() }
    while let last = text.utf8.last, [0x20, 0x09, 0x0D].contains(last) { text.removeLast() }
    return String(text)
  }
}

// The targets of scripts/fuzz: each reads bytes that libFuzzer makes and must neither trap nor
// break what it promises. Compiled by scripts/fuzz with libFuzzer, and into the tests, which run
// what the corpus keeps; never into mtor.
import Glibc
import Platform
import YAMLTree

@testable import Manifests

@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
  FuzzTarget.current.run(Array(UnsafeBufferPointer(start: start, count: count)))
  return 0
}

// Swift marks some functions by a kind of coverage that libFuzzer ends at once for; scripts/fuzz
// links their calls to these, and the other kind remains.
@_cdecl("__wrap___sanitizer_cov_trace_pc_guard")
public func ignoreGuard(_ guardWord: UnsafeMutablePointer<UInt32>?) {}

@_cdecl("__wrap___sanitizer_cov_trace_pc_guard_init")
public func ignoreGuards(
  _ start: UnsafeMutablePointer<UInt32>?, _ end: UnsafeMutablePointer<UInt32>?
) {}

/// What is fuzzed; chosen by MTOR_FUZZ.
enum FuzzTarget: String, CaseIterable, Codable {
  case yaml, markdown, blocks, importer, diff, path, lints, configuration
  case patch, set, journal, plan, reply

  static let current: FuzzTarget =
    getenv("MTOR_FUZZ").flatMap { FuzzTarget(rawValue: String(cString: $0)) } ?? .yaml

  func run(_ bytes: [UInt8]) {
    switch self {
    case .yaml: readAndWrite(bytes, .yaml)
    case .markdown: readAndWrite(bytes, .markdown)
    case .blocks: compareWithLibyaml(bytes)
    case .importer: importAndWrite(bytes)
    case .diff: checkDiff(bytes)
    case .path: checkPath(bytes)
    case .lints: lint(bytes)
    case .configuration: configure(bytes)
    case .patch: patch(bytes)
    case .set: set(bytes)
    case .journal: journal(bytes)
    case .plan: plan(bytes)
    case .reply: reply(bytes)
    }
  }

  /// What was read is written in both notations and read back as the same.
  private func readAndWrite(_ bytes: [UInt8], _ notation: Notation) {
    let source = SourceText(name: "fuzz", bytes: bytes)
    let options = ManifestReader.Options(notation: notation)
    do throws(DiagnosticList) {
      same(try ManifestReader.read(source, options: options).manifest)
    } catch {
      show(error.all)
    }
  }

  private func same(_ manifest: Manifest) {
    for notation in Notation.allCases {
      let written = SourceText(name: "fuzz", bytes: manifest.written(in: notation))
      let options = ManifestReader.Options(lintsContents: false, notation: notation)
      do throws(DiagnosticList) {
        let again = try ManifestReader.read(written, options: options).manifest
        precondition(again.canonicalDigest == manifest.canonicalDigest, "\(notation): other")
      } catch {
        let said = error.all.map { DiagnosticPrinter().text($0) }.joined()
        let text = String(decoding: written.bytes, as: UTF8.self)
        preconditionFailure("\(notation): \(said)\n\(text)")
      }
    }
  }

  /// Every diagnostic can be printed, and prints no control character.
  private func show(_ all: [Diagnostic]) {
    for diagnostic in all.prefix(20) {
      let text = DiagnosticPrinter().text(diagnostic)
      precondition(
        text.unicodeScalars.allSatisfy { $0 == "\n" || $0 == "\t" || !Printable.isUnsafe($0) },
        "a raw control")
    }
  }

  private func compareWithLibyaml(_ bytes: [UInt8]) {
    if let difference = LibyamlComparison.difference(in: bytes) {
      preconditionFailure(difference)
    }
  }

  private func importAndWrite(_ bytes: [UInt8]) {
    let source = SourceText(name: "fuzz", bytes: bytes)
    for kind in Importer.Kind.allCases {
      do throws(DiagnosticList) {
        _ = try Importer.read(source, from: kind, name: "fuzz").manifest.written(in: .yaml)
      } catch {
        show(error.all)
      }
    }
  }

  private func checkDiff(_ bytes: [UInt8]) {
    let diff = DiffSections(bytes[...])
    for section in diff.sections {
      precondition(section.range.upperBound <= bytes.count && section.line >= 1)
    }
  }

  /// A path that passes is one spelling of something below the root.
  private func checkPath(_ bytes: [UInt8]) {
    let text = String(decoding: bytes, as: UTF8.self)
    do throws(PathFault) {
      let path = try RelativePath(text)
      precondition(!path.text.hasPrefix("/") && !path.components.contains(".."))
      precondition(!path.components.contains { $0.lowercased() == ".git" })
      precondition(path.components.joined(separator: "/") == path.text)
    } catch {
      precondition(!error.hint.isEmpty)
    }
  }

  private func lint(_ bytes: [UInt8]) {
    let text = String(decoding: bytes, as: UTF8.self)
    for path in ["a.py", "Makefile", "a.json", "a.yaml"] {
      _ = ContentLints.findings(in: bytes, path: path, replacing: .unknown)
    }
    bytes.withUnsafeBufferPointer { line in
      precondition(
        line.count > 120 || ElisionMark.stands(in: line) == ElisionMark.isMark(line), "a cheap look"
      )
    }
    for shell in [CommandSpec.Shell.sh, .bash] {
      _ = CommandLints.findings(in: text, shell: shell, role: .test)
    }
  }

  private func configure(_ bytes: [UInt8]) {
    let source = SourceText(name: "fuzz", bytes: bytes)
    do throws(DiagnosticList) {
      _ = try ConfigurationReader.read(source)
    } catch {
      show(error.all)
    }
  }
}

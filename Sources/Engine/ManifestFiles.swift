import Glibc
public import Manifests
import Planning
import Platform
public import YAMLTree

/// A manifest with what was said about its text, and the folder that its `from` reads.
public struct LoadedManifest: Sendable {
  public let manifest: Manifest
  public let warnings: [Diagnostic]
  /// As the manifest was named: absolute or relative to the current folder.
  public let folder: String
}

/// Manifests as they lie in files or come from standard input.
public enum ManifestFiles {
  /// Reads all that a request names; the faults of every one are thrown together.
  public static func read(_ request: ApplyRequest) throws(RunFailure) -> [LoadedManifest] {
    var texts: [SourceText] = []
    for source in request.sources { texts.append(try text(of: source, limits: request.limits)) }
    return try read(texts, of: request)
  }

  /// Reads them from their texts, one for each source: a pipe can be read only once.
  static func read(
    _ texts: [SourceText], of request: ApplyRequest
  ) throws(RunFailure) -> [LoadedManifest] {
    var loaded: [LoadedManifest] = []
    var faults: [Diagnostic] = []
    for (source, text) in zip(request.sources, texts) {
      if SavedPlan.looksLikeOne(text.bytes) { throw notAManifest(source) }
      let options = ManifestReader.Options(
        limits: request.limits, isStream: source.isStream, lintsContents: false,
        notation: request.notation)
      do throws(DiagnosticList) {
        let (manifest, warnings) = try ManifestReader.read(text, options: options)
        loaded.append(
          LoadedManifest(manifest: manifest, warnings: warnings, folder: folder(of: source)))
      } catch {
        faults += error.all
      }
    }
    if !faults.isEmpty { throw .invalid(faults) }
    return loaded
  }

  private static func notAManifest(_ source: ApplyRequest.Source) -> RunFailure {
    switch source {
    case .standardInput:
      .unreadable(
        message: "standard input is a saved plan, not a manifest",
        hint: "a plan is applied by its name: mtor apply FILE")
    case .file(let path), .stream(let path):
      .unreadable(
        message: "'\(Printable.escaped(path))' is a saved plan, not a manifest",
        hint: "it is applied alone and as it is: mtor apply \(Printable.escaped(path))")
    }
  }

  /// The text of one source, at most as long as the limit says.
  public static func text(
    of source: ApplyRequest.Source, limits: Limits = Limits()
  ) throws(RunFailure) -> SourceText {
    do throws(SystemError) {
      switch source {
      case .standardInput:
        let input = try Descriptor(duplicating: 0)
        return SourceText(
          name: "<stdin>", bytes: try input.readAll(limit: limits.manifest, path: "<stdin>"))
      case .file(let path), .stream(let path):
        let file = try Descriptor.open(path, O_RDONLY)
        let status = try FileStatus.of(descriptor: file.raw, path: path)
        if status.kind == .directory { throw SystemError("read", path, code: EISDIR) }
        let bytes = try file.readAll(
          limit: limits.manifest, sizeHint: Int(status.size), path: path)
        return SourceText(name: path, bytes: bytes)
      }
    } catch {
      throw failure(error, of: source, limits: limits)
    }
  }

  private static func failure(
    _ error: SystemError, of source: ApplyRequest.Source, limits: Limits
  ) -> RunFailure {
    let name: String
    switch source {
    case .standardInput: name = "standard input"
    case .file(let path), .stream(let path): name = "'\(Printable.escaped(path))'"
    }
    return switch error.code {
    case EFBIG:
      .unreadable(
        message: "\(name) has more than \(Limits.words(limits.manifest))",
        hint: "split the manifest, or raise limits.manifest in the configuration")
    case ENOENT:
      .unreadable(
        message: "there is no manifest \(name)", hint: "mtor new writes one to start from")
    case EISDIR:
      .unreadable(
        message: "\(name) is a folder, not a manifest",
        hint: "name the manifest; the tree to work on is named by -C DIR")
    default:
      .unreadable(
        message: "\(name) cannot be read: \(error.reason)", hint: "check its rights and its name")
    }
  }

  /// The folder that a source's `from` entries read: the manifest's own, the current one for
  /// standard input.
  private static func folder(of source: ApplyRequest.Source) -> String {
    guard case .file(let path) = source, let slash = path.lastIndex(of: "/") else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }
}

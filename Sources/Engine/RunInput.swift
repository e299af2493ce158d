import Manifests
import Planning
import Platform
import YAMLTree

/// What a run is made from: manifests, or a plan that was saved before.
enum RunInput {
  case manifests([LoadedManifest])
  case saved(SavedPlan, file: String)

  /// Reads what a request names; a saved plan is known by its text.
  static func read(_ request: ApplyRequest) throws(RunFailure) -> RunInput {
    let path: String
    switch request.sources.first {
    case .file(let name)? where request.sources.count == 1 && request.notation == nil: path = name
    case .stream(let name)? where request.sources.count == 1 && request.notation == nil:
      path = name
    default: return .manifests(try ManifestFiles.read(request))
    }
    let text = try ManifestFiles.text(of: request.sources[0], limits: request.limits)
    if SavedPlan.looksLikeOne(text.bytes) {
      return .saved(try decode(text, request), file: path)
    }
    return .manifests(try ManifestFiles.read([text], of: request))
  }

  private static func decode(
    _ text: SourceText, _ request: ApplyRequest
  ) throws(RunFailure) -> SavedPlan {
    if !request.params.isEmpty || request.only != nil {
      throw .usage(
        message: "a saved plan has its parameters and steps already",
        hint: "leave --param and --only out, or make the plan anew")
    }
    if request.isForced || request.restoresDeclared {
      let flag = request.isForced ? "--force" : "--declared"
      throw .usage(
        message: "a saved plan is applied as it was made, and \(flag) would change it",
        hint: "make it anew: mtor plan MANIFEST \(flag) --out FILE")
    }
    do throws(SavedPlanError) {
      return try SavedPlan(decoding: text.bytes)
    } catch {
      throw .unreadable(
        message: "'\(Printable.escaped(text.name))' is not a plan that can be applied: "
          + error.message, hint: "make it anew: mtor plan MANIFEST --out FILE")
    }
  }

  /// The names, joined.
  var name: String {
    switch self {
    case .manifests(let all): all.map(\.manifest.name).joined(separator: " + ")
    case .saved(let saved, _): saved.plans.map(\.manifestName).joined(separator: " + ")
    }
  }

  /// One manifest is known by its own digest, several by the digest of theirs.
  var digest: Digest {
    let digests =
      switch self {
      case .manifests(let all): all.map(\.manifest.digest)
      case .saved(let saved, _): saved.plans.map(\.manifestDigest)
      }
    return digests.count == 1 ? digests[0] : Digest(of: Array(digests.map(\.hex).joined().utf8))
  }

  var file: String {
    switch self {
    case .manifests(let all): all.map(\.manifest.source.name).joined(separator: " ")
    case .saved(_, let file): file
    }
  }

  var provenance: Provenance? {
    switch self {
    case .manifests(let all): all.first?.manifest.provenance
    case .saved(let saved, _): saved.plans.first?.provenance
    }
  }

  /// What was said about the texts.
  var warnings: [Diagnostic] {
    if case .manifests(let all) = self { all.flatMap(\.warnings) } else { [] }
  }
}

extension Inspection {
  /// The plans as the text of a saved plan.
  public func saved() throws(RunFailure) -> [UInt8] {
    guard let identity else {
      throw .system(
        message: "a plan can only be saved for a root that is there", hint: "make the folder first")
    }
    return SavedPlan(root: identity, plans: plans).encoded()
  }

  /// Saves the plans to a file, mode 0600, that `apply` takes in place of the manifests.
  public func save(to file: String) throws(RunFailure) {
    let bytes = try saved()
    do throws(SystemError) {
      try ReplacedFile.writeNamed(bytes, to: file, mode: 0o600)
    } catch {
      throw .system(
        message: "the plan could not be saved: \(error)",
        hint: "name another file by --out")
    }
  }
}

import Manifests
import Planning
import Platform

extension ApplyRequest {
  /// Throws where a file that the command line names is one of the manifests, or one that they
  /// read or declare: asked before anything is written.
  public func refuseOverwriting(_ manifests: [LoadedManifest]) throws(RunFailure) {
    guard let guarded = try Guarded(self) else { return }
    for loaded in manifests {
      let manifest = loaded.manifest
      let values = values(of: manifest)
      func own(_ text: String) -> String { Expansion.expand(text, with: values) }
      for step in manifest.steps {
        for output in step.outputs { try guarded.refuse(output: own(output)) }
        if let path = step.condition?.path { try guarded.refuse(condition: own(path)) }
      }
      let commands =
        manifest.setup + manifest.steps.flatMap { $0.run + $0.tests } + manifest.verify
      for input in commands.flatMap(\.inputs) { try guarded.refuse(input: own(input)) }
      for entry in manifest.steps.flatMap(\.files) {
        let path = own(entry.path)
        if let condition = entry.condition?.path { try guarded.refuse(condition: own(condition)) }
        switch entry.action {
        case .from(let text):
          let source = loaded.folder + "/" + own(text)
          try guarded.places.refuse(over: source, "what the manifest reads by 'from'")
        case .move(let text, _): try guarded.refuse(declared: own(text))
        case .moveTree(let text):
          try guarded.refuse(inside: own(text))
          try guarded.refuse(inside: path)
        case .deleteTree: try guarded.refuse(inside: path)
        default: break
        }
        try guarded.refuse(declared: path)
      }
    }
  }

  /// The same for what is known by its paths.
  func refuseOverwriting(paths: () -> [String]) throws(RunFailure) {
    guard let guarded = try Guarded(self) else { return }
    for path in paths() { try guarded.refuse(declared: path) }
  }

  func refuseOverwriting(_ input: RunInput) throws(RunFailure) {
    switch input {
    case .manifests(let loaded): try refuseOverwriting(loaded)
    case .saved(let saved, _):
      guard let guarded = try Guarded(self) else { return }
      for plan in saved.plans {
        let commands = plan.setup + plan.steps.flatMap { $0.run + $0.tests } + plan.verify
        for input in commands.flatMap(\.spec.inputs) { try guarded.refuse(input: input) }
        for step in plan.steps {
          for file in step.files { try guarded.refuse(declared: file.path.text) }
          for output in step.outputs { try guarded.refuse(output: output) }
        }
      }
    }
  }

  /// The manifest's parameters as far as they have a value; what is wrong with them is told later.
  private func values(of manifest: Manifest) -> [String: String] {
    var values: [String: String] = [:]
    for parameter in manifest.params {
      values[parameter.name] = params[parameter.name] ?? parameter.defaultValue
    }
    return values
  }
}

/// A root with the files that the command line names to be written.
private struct Guarded {
  let places: WrittenFiles.Places
  /// Nil for one that is not there yet: it holds no file, and none can be made in it.
  private let root: String?

  /// Nil where nothing is to be written; what the tree's own configuration and the manifests are
  /// is asked here.
  init?(_ request: ApplyRequest) throws(RunFailure) {
    if request.writtenFiles.files.isEmpty { return nil }
    places = request.writtenFiles.places()
    root = try RootFolder.resolve(request.root, making: false).map { $0 == "/" ? "" : $0 }
    for source in request.sources {
      guard case .file(let path) = source else { continue }
      try places.refuse(over: path, "what the run is made from")
    }
    if let root {
      try places.refuse(over: root + "/.mtor/config.yaml", "the tree's configuration")
    }
  }

  func refuse(declared path: String) throws(RunFailure) {
    guard let root else { return }
    try places.refuse(over: root + "/" + path, "declared by the manifest")
  }

  func refuse(output pattern: String) throws(RunFailure) {
    guard let root else { return }
    try places.refuse(matching: pattern, below: root, "named by a step's 'outputs'")
  }

  func refuse(input pattern: String) throws(RunFailure) {
    guard let root else { return }
    try places.refuse(matching: pattern, below: root, "read by a command's 'inputs'")
  }

  func refuse(condition path: String) throws(RunFailure) {
    guard let root else { return }
    try places.refuse(over: root + "/" + path, "read by a 'when'")
  }

  func refuse(inside folder: String) throws(RunFailure) {
    guard let root else { return }
    try places.refuse(inside: root + "/" + folder, "in a folder that the manifest declares")
  }
}

import Engine
import Manifests
import Records

extension Invocation {
  /// The files that the flags of this command line name to be written; `-` is standard output.
  var writtenFiles: WrittenFiles {
    let flags: [FlagName] = [
      .out, .json, .junit, .sarif, .html, .markdown, .events, .metrics, .bundle,
    ]
    return WrittenFiles(
      flags.compactMap { flag in
        guard let path = value(flag), path != "-" else { return nil }
        return WrittenFiles.File(flag: flag.rawValue, path: path)
      })
  }

  /// Throws where two of them are one file, or one of them is a manifest, a configuration or the
  /// ledger: none is opened before.
  func refuseOverwriting(_ configuration: Configuration? = nil) throws(RunFailure) {
    let files = writtenFiles
    if files.files.isEmpty { return }
    try files.check()
    if let path = ConfigurationFile.path(self) { try files.refuse(over: path, "the configuration") }
    for file in all(.tighten) { try files.refuse(over: file.text, "a configuration") }
    for path in [configuration?.ledger, LedgerFile.defaultPath].compactMap({ $0 }) {
      try files.refuse(over: path, "the ledger")
    }
  }
}

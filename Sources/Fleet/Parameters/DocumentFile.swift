import Planning

/// A JSON, YAML or TOML file of a repository, to read values of.
enum DocumentFile {
  /// The format that a name says; nil where it says none.
  static func format(of name: String) -> ParameterSource.Format? {
    let ending = name.split(separator: "/").last?.split(separator: ".").last ?? ""
    return switch ending.lowercased() {
    case "json", "jsonc", "json5": .json
    case "yaml", "yml": .yaml
    case "toml": .toml
    case "lock" where name.hasSuffix("Cargo.lock") || name.hasSuffix("poetry.lock"): .toml
    default: nil
    }
  }

  /// What is wrong with a pointer; nil where nothing is.
  static func fault(ofPointer text: String) -> DataPointer.Fault? {
    do throws(DataPointer.Fault) {
      _ = try DataPointer(text)
      return nil
    } catch { return error }
  }

  static func read(
    _ bytes: [UInt8], as format: ParameterSource.Format
  ) throws(DataPointer.Fault) -> DataValue {
    switch format {
    case .json: try DataValue.read(json: bytes)
    case .yaml: try DataValue.read(yaml: bytes)
    case .toml: try TOMLReader.read(bytes)
    }
  }
}

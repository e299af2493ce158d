import Glibc
import Manifests
import Platform
import YAMLTree

extension ApplyRequest {
  /// The request with its configuration, and that of its repair, tightened by the tree.
  func tightened(by root: RootTree) throws(RunFailure) -> ApplyRequest {
    var result = self
    result.configuration = try configuration.tightened(by: root)
    if let settings = repair {
      result.repair?.configuration = try settings.configuration.tightened(by: root)
    }
    return result
  }
}

extension Configuration {
  /// The configuration tightened by what the tree says in `.mtor/config.yaml`; a tree that says
  /// more than it may is refused.
  func tightened(by root: RootTree) throws(RunFailure) -> Configuration {
    let name = ".mtor/config.yaml"
    let bytes: [UInt8]
    do {
      let path = try RelativePath(name)
      guard try root.status(of: path) != nil else { return self }
      bytes = try root.bytes(of: path, limit: 1 << 20)
    } catch let error as SystemError where error.code == ENOTDIR || error.code == ELOOP {
      // `.mtor` is no folder of the tree's own: there is no configuration in it.
      return self
    } catch {
      throw .system(message: "\(name) of the tree cannot be read: \(error)", hint: nil)
    }
    do throws(DiagnosticList) {
      let source = SourceText(name: root.path + "/" + name, bytes: bytes)
      return try ConfigurationReader.tighten(self, by: source).configuration
    } catch {
      throw .invalid(error.all)
    }
  }
}

import Glibc
import Manifests
import Platform
import YAMLTree

extension RepairSettings {
  /// The settings tightened by what the tree says in `.mtor/config.yaml`; a tree that says more
  /// than it may is refused.
  func tightened(by root: RootTree) throws(RunFailure) -> RepairSettings {
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
      var result = self
      let source = SourceText(name: root.path + "/" + name, bytes: bytes)
      result.configuration = try ConfigurationReader.tighten(configuration, by: source)
        .configuration
      return result
    } catch {
      throw .invalid(error.all)
    }
  }
}

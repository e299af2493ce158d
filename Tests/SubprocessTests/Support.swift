import Glibc
import Platform
import Subprocess

/// A runner whose supervising processes are this test bundle, started again.
let runner = CommandRunner()

func command(_ program: Command.Program, directory: String = "/") -> Command {
  Command(program, directory: directory, environment: ["PATH": "/usr/bin:/bin"])
}

func text(_ output: CapturedOutput?) -> String {
  String(decoding: output.map { $0.head + $0.tail } ?? [], as: UTF8.self)
}

/// An executable of the package, which stands beside the test bundle.
func builtExecutable(_ name: String) -> String {
  var buffer = [CChar](repeating: 0, count: 4096)
  let count = readlink("/proc/self/exe", &buffer, buffer.count - 1)
  let bundle = String(
    decoding: buffer[..<max(count, 0)].map { UInt8(bitPattern: $0) }, as: UTF8.self)
  return bundle.split(separator: "/").dropLast().reduce("") { $0 + "/" + $1 } + "/" + name
}

/// The entries of a folder, or none.
func entries(_ folder: String) -> [String] {
  guard let stream = opendir(folder) else { return [] }
  defer { closedir(stream) }
  var names: [String] = []
  while let entry = readdir(stream) {
    let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
      String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
    }
    if name != "." && name != ".." { names.append(name) }
  }
  return names
}

/// The processes that carry a mark in their environment, dead ones that nobody has waited for
/// left out.
func processes(marked mark: String) -> [String] {
  entries("/proc").filter { name in
    guard Int(name) != nil,
      let file = try? Descriptor.open("/proc/\(name)/environ", O_RDONLY),
      let bytes = try? file.readAll()
    else { return false }
    return bytes.split(separator: 0).contains { $0.elementsEqual("MARK=\(mark)".utf8) }
  }
}

/// A folder of its own for one test.
func temporaryFolder() -> String {
  var template = Array("/tmp/mtor-test-XXXXXX".utf8CString)
  return mkdtemp(&template) == nil
    ? "/tmp"
    : template.withUnsafeBufferPointer {
      String(cString: $0.baseAddress!)
    }
}

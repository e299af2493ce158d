import CSchemas
import Events
import Platform

/// `mtor schema FORMAT`: the JSON Schema that this executable reads by.
enum SchemaVerb {
  /// What there are schemas of.
  static let names = all.map(\.name)

  private static let all: [(name: String, text: String)] = {
    var schemas: [(name: String, text: String)] = []
    while let schema = mtor_schema_at(UInt32(schemas.count))?.pointee {
      let bytes = UnsafeRawBufferPointer(start: schema.text, count: Int(schema.size))
      schemas.append((String(cString: schema.name), String(decoding: bytes, as: UTF8.self)))
    }
    return schemas
  }()

  static func run(_ invocation: Invocation) throws(SystemError) -> ExitCode {
    // The parser has checked the word against the table.
    guard let schema = all.first(where: { $0.name == invocation.operands.first }) else {
      return .usage
    }
    try Output.print(schema.text)
    return .success
  }
}

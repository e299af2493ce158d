import Platform
import YAMLTree

/// An object of a saved plan, read field by field; the first fault says where it is.
struct JSONFields {
  private let json: JSON
  private let place: String

  init(_ json: JSON, _ place: String) {
    self.json = json
    self.place = place
  }

  func fault(_ key: String) -> SavedPlanError {
    SavedPlanError("the plan is damaged: '\(Printable.escaped(place + "." + key))' does not fit")
  }

  func has(_ key: String) -> Bool { value(key) != nil }

  /// The value of a key; nil where it is absent or null.
  func value(_ key: String) -> JSON? {
    guard let value = json[key], !value.isNull else { return nil }
    return value
  }

  func fields(_ key: String) throws(SavedPlanError) -> JSONFields {
    guard let value = value(key) else { throw fault(key) }
    return JSONFields(value, place + "." + key)
  }

  func string(_ key: String) throws(SavedPlanError) -> String {
    guard let value = value(key)?.string else { throw fault(key) }
    return value
  }

  func integer(_ key: String) throws(SavedPlanError) -> Int {
    guard let value = value(key)?.integer else { throw fault(key) }
    return value
  }

  func double(_ key: String) throws(SavedPlanError) -> Double {
    guard let value = value(key)?.double else { throw fault(key) }
    return value
  }

  func unsigned(_ key: String) throws(SavedPlanError) -> UInt64 {
    guard let value = UInt64(try string(key)) else { throw fault(key) }
    return value
  }

  func bool(_ key: String) throws(SavedPlanError) -> Bool {
    guard let value = value(key) else { return false }
    guard let bool = value.bool else { throw fault(key) }
    return bool
  }

  /// A field that may be absent.
  func optional<Value>(
    _ key: String, _ read: (String) throws(SavedPlanError) -> Value
  ) throws(SavedPlanError) -> Value? {
    has(key) ? try read(key) : nil
  }

  func strings(_ key: String) throws(SavedPlanError) -> [String] {
    guard let value = value(key) else { return [] }
    guard let values = value.array else { throw fault(key) }
    var result: [String] = []
    for value in values {
      guard let text = value.string else { throw fault(key) }
      result.append(text)
    }
    return result
  }

  func texts(_ key: String) throws(SavedPlanError) -> [String: String] {
    var result: [String: String] = [:]
    for (name, value) in try list(key, asMembers: true) {
      guard let text = value.string else { throw fault(key) }
      result[name] = text
    }
    return result
  }

  /// The members of an object.
  func list(_ key: String, asMembers: Bool) throws(SavedPlanError) -> [(String, JSON)] {
    guard let value = value(key) else { return [] }
    guard let members = value.object else { throw fault(key) }
    return members.map { ($0.key, $0.value) }
  }

  /// The objects of a list, each read.
  func each<Value>(
    _ key: String, _ read: (JSONFields) throws(SavedPlanError) -> Value
  ) throws(SavedPlanError) -> [Value] {
    guard let value = value(key) else { return [] }
    guard let values = value.array else { throw fault(key) }
    var result: [Value] = []
    result.reserveCapacity(values.count)
    for (index, value) in values.enumerated() {
      result.append(try read(JSONFields(value, "\(place).\(key)[\(index)]")))
    }
    return result
  }

  func path(_ key: String) throws(SavedPlanError) -> RelativePath {
    do {
      return try RelativePath(try string(key))
    } catch let error as SavedPlanError {
      throw error
    } catch {
      throw fault(key)
    }
  }

  func paths(_ key: String) throws(SavedPlanError) -> [RelativePath] {
    var result: [RelativePath] = []
    for text in try strings(key) {
      do {
        result.append(try RelativePath(text))
      } catch {
        throw fault(key)
      }
    }
    return result
  }

  func digest(_ key: String) throws(SavedPlanError) -> Digest {
    guard let digest = Digest(hex: try string(key)) else { throw fault(key) }
    return digest
  }

  /// A mark, written as `[line, column]`.
  func mark(_ key: String) throws(SavedPlanError) -> Mark {
    guard let pair = value(key)?.array, pair.count == 2, let line = pair[0].integer,
      let column = pair[1].integer
    else { throw fault(key) }
    return Mark(line: line, column: column)
  }

  /// One of an enum's cases.
  func one<Value: RawRepresentable<String>>(
    of type: Value.Type, _ key: String
  ) throws(SavedPlanError) -> Value {
    guard let value = Value(rawValue: try string(key)) else { throw fault(key) }
    return value
  }

  /// The object itself.
  var whole: JSON { json }
}

extension JSON {
  /// An object without the members that say nothing: null, false, empty.
  static func compact(_ members: KeyValuePairs<String, JSON>) -> JSON {
    .object(
      members.compactMap { key, value in
        switch value {
        case .null, .bool(false), .array([]), .object([]): nil
        default: Member(key, value)
        }
      })
  }

  init(_ mark: Mark) { self = [.integer(mark.line), .integer(mark.column)] }
  init(_ texts: [String]) { self = .array(texts.map { .string($0) }) }
  init(_ paths: [RelativePath]) { self = .array(paths.map { .string($0.text) }) }
  init(_ digest: Digest?) { self.init(digest?.hex) }
  init(_ value: Double?) { self = value.map { .number($0) } ?? .null }
  init(_ texts: [String: String]) {
    self = .object(texts.sorted { $0.key < $1.key }.map { Member($0.key, .string($0.value)) })
  }
}

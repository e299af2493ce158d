/// Values that most of their owners leave at what they are by default: one word then, and not the
/// room for all of them. A manifest may have a hundred thousand owners.
struct Rare<Values: RareValues>: Sendable {
  private final class Box: Sendable {
    let values: Values

    init(_ values: Values) { self.values = values }
  }

  private var box: Box?

  subscript<Value>(_ path: WritableKeyPath<Values, Value>) -> Value {
    get {
      guard let box else { return Values.unsaid[keyPath: path] }
      return box.values[keyPath: path]
    }
    set {
      var values = box?.values ?? .unsaid
      values[keyPath: path] = newValue
      box = Box(values)
    }
  }
}

/// What `Rare` holds.
protocol RareValues: Sendable {
  /// The values of an owner that says nothing.
  static var unsaid: Self { get }
}

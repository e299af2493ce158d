import Testing

/// What is read and what is refused, case by case: the exact tree, or each fault with its place.
@Suite struct SubsetTable {
  struct Case: CustomTestStringConvertible, Sendable {
    let name: String
    let text: String
    let outcome: String

    init(_ name: String, _ text: String, _ outcome: String) {
      self.name = name
      self.text = text
      self.outcome = outcome
    }

    var testDescription: String { name }
  }

  @Test func theTableIsLong() {
    #expect((Self.texts + Self.collections + Self.refusals).count >= 200)
  }

  @Test(arguments: texts + collections + refusals)
  func reads(_ item: Case) {
    #expect(outcome(item.text) == item.outcome)
  }
}

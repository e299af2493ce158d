import Testing

@testable import Dispatching

@Suite struct TaskIdTests {
  @Test(arguments: ["", ".a", "-a", "a/b", "a b", "a..b", "a.", "a.lock", "ä", "a\n", "a\u{0}"])
  func whatNoBranchCouldBeCalledIsRefused(_ name: String) {
    #expect(throws: TaskId.Fault.self) { try TaskId(batch: "night", task: name) }
    #expect(throws: TaskId.Fault.self) { try TaskId(batch: name, task: "one") }
  }

  @Test func aFaultSaysWhatToDo() {
    #expect(
      throws: TaskId.Fault(
        message: "'a/b' cannot name a task",
        hint: "use 1 to 160 letters, digits, '.', '_' and '-', a letter or digit first")
    ) { try TaskId(batch: "night", task: "a/b") }
  }

  @Test func lengthsAreBounded() throws {
    _ = try TaskId(
      batch: String(repeating: "b", count: 63), task: String(repeating: "t", count: 160))
    #expect(throws: TaskId.Fault.self) {
      try TaskId(batch: String(repeating: "b", count: 64), task: "t")
    }
  }

  @Test func aTaskWithoutANameIsCalledByWhatItDoesAndWhere() throws {
    let name = TaskId.defaultTask(
      manifest: "add-login", repository: "/srv/my shop/.git", branch: "main", params: ["A": "1"])
    #expect(name.hasPrefix("add-login-my-shop-"))
    #expect(name.utf8.count == "add-login-my-shop-".utf8.count + 8)
    _ = try TaskId(batch: "b", task: name)
    let other = TaskId.defaultTask(
      manifest: "add-login", repository: "/srv/my shop/.git", branch: "main", params: ["A": "2"])
    #expect(name != other)
  }

  @Test(arguments: ["/", "", "...", "/a..b.git", "/é/.git", "/x.lock"])
  func everyRepositoryGivesAName(_ repository: String) throws {
    let task = TaskId.defaultTask(
      manifest: "m", repository: repository, branch: nil, params: [:])
    _ = try TaskId(batch: "b", task: task)
  }
}

import Manifests
import Testing
import YAMLTree

@Suite struct EditReading {
  private func blocks(_ text: String) -> [String] {
    SearchReplace.read(Array(text.utf8)).blocks.map {
      "\($0.line) \(String(decoding: $0.find, as: UTF8.self).debugDescription) "
        + String(decoding: $0.replacement, as: UTF8.self).debugDescription
    }
  }

  private func faults(_ text: String) -> [String] {
    SearchReplace.read(Array(text.utf8)).faults.map { "\($0.line) \($0.rule): \($0.message)" }
  }

  @Test func blocksKeepTheirBytes() {
    #expect(
      blocks("<<<<<<< SEARCH\n a\n\n=======\n\tb\n>>>>>>> REPLACE\n") == [
        "1 \" a\\n\\n\" \"\\tb\\n\""
      ])
    #expect(
      blocks("<<<<<<< SEARCH\na\n=======\n>>>>>>> REPLACE\n") == ["1 \"a\\n\" \"\""])
    #expect(
      blocks(
        "\n<<<<<<< SEARCH\na\n=======\nb\n>>>>>>> REPLACE\n\n  \n<<<<<<< SEARCH\nc\n=======\nd\n"
          + ">>>>>>> REPLACE") == ["2 \"a\\n\" \"b\\n\"", "9 \"c\\n\" \"d\\n\""])
    #expect(
      blocks("<<<<<<< SEARCH\n========\n<<<<<<<\n=======\n>>>>>>>\n>>>>>>> REPLACE\n")
        == ["1 \"========\\n<<<<<<<\\n\" \">>>>>>>\\n\""])
    #expect(
      blocks("<<<<<<< SEARCH  \na\n=======  \nb\n>>>>>>> REPLACE  \n") == ["1 \"a\\n\" \"b\\n\""])
  }

  @Test func everyFaultOfABlockIsNamedWithItsLine() {
    #expect(faults("") == ["1 edit-block: there is no SEARCH/REPLACE block in this edit"])
    #expect(
      faults("a\n<<<<<<< SEARCH\na\n=======\nb\n>>>>>>> REPLACE\n")
        == ["1 edit-block: text stands outside the SEARCH/REPLACE blocks"])
    #expect(
      faults("<<<<<<< SEARCH\na\n=======\nb\n")
        == ["1 edit-block: the block is not finished: '>>>>>>> REPLACE' is missing"])
    #expect(
      faults("<<<<<<< SEARCH\na\n") == [
        "1 edit-block: the block is not finished: '=======' is missing"
      ])
    #expect(
      faults("<<<<<<< SEARCH\n=======\nb\n>>>>>>> REPLACE\n")
        == ["1 edit-empty: the block searches for nothing"])
    #expect(
      faults("<<<<<<< SEARCH\na\n>>>>>>> REPLACE\n") == [
        "3 edit-block: '>>>>>>> REPLACE' where '=======' is expected, in the block of line 1 of this "
          + "text"
      ])
    #expect(
      faults("<<<<<<< SEARCH\na\n=======\nb\n=======\nc\n>>>>>>> REPLACE\n") == [
        "5 edit-block: '=======' where '>>>>>>> REPLACE' is expected, in the block of line 1 of this "
          + "text"
      ])
    #expect(faults("=======\n") == ["1 edit-block: '=======' stands outside a block"])
    #expect(
      faults("<<<<<<<< SEARCH\n").first
        == "1 edit-block: text stands outside the SEARCH/REPLACE blocks")
  }

  private func rules(_ edit: String) -> [String] {
    Reading.rules(of: Reading.withFiles("- path: a\n  edit:\n    - \(edit)"))
  }

  @Test(arguments: [
    "{find: \"a\", replace: \"b\"}", "{find: \"a\\n\", replace: \"b\\n\"}",
    "{find: \"a\\n\", replace: \"\"}", "{find: \"a\", replace: \"\", count: all}",
    "{after: \"a\\n\", insert: \"b\\n\"}", "{after: \"a\", insert: \"b\"}",
    "{before: \"a\\n\", insert: \"b\\n\"}", "{before: \"a\", insert: \"b\\n\"}", "{append: \"a\"}",
    "{find: \"\\e[0m\", replace: \"\\x00\"}", "after: plain text\n      insert: \"b\"",
    "{match: \"(a)\\\\1\", replace: \"${1}\"}", "{set: {pointer: /a/0/~0~1, value: {b: [1]}}}",
  ])
  func aGoodEditIsRead(edit: String) {
    #expect(rules(edit) == [], "\(edit)")
  }

  @Test(arguments: [
    ("{find: \"a\\n\", replace: \"b\"}", "edit-newline"),
    ("{find: \"a\", replace: \"b\\n\"}", "edit-newline"),
    ("{after: \"a\\n\", insert: \"b\"}", "edit-newline"),
    ("{before: \"a\\n\", insert: \"b\"}", "edit-newline"),
    ("{find: \"\", replace: \"b\"}", "edit-empty"), ("{after: \"\", insert: \"b\"}", "edit-empty"),
    ("{before: \"\", insert: \"b\"}", "edit-empty"),
    ("{match: \"\", replace: \"b\"}", "edit-empty"), ("{match: \"(\", replace: \"b\"}", "pattern"),
    ("{match: \"a\", replace: \"$1\"}", "replacement"), ("{find: \"a\"}", "missing-key"),
    ("{replace: \"a\"}", "one-of"), ("{find: \"a\", append: \"b\"}", "one-of"),
    ("{append: \"a\", count: 2}", "key-combination"),
    ("{find: \"a\", replace: \"b\", count: 0}", "out-of-range"),
    ("{find: \"a\", replace: \"b\", count: two}", "unknown-word"), ("{fnid: \"a\"}", "unknown-key"),
    ("{find: a, replace: \"b\"}", "flow-plain"), ("find: a\n      replace: \"b\"", "plain-content"),
    ("{set: {pointer: a, value: 1}}", "pointer"), ("{set: {pointer: /a~, value: 1}}", "pointer"),
    ("{set: {pointer: /a}}", "missing-key"), ("{set: /a}", "wrong-type"), ("text", "wrong-type"),
  ])
  func aBadEditIsRefused(edit: String, rule: String) {
    #expect(rules(edit).contains(rule), "\(edit)")
  }

  @Test func anEditsPlaceIsItsBlock() throws {
    let text = Reading.withFiles(
      "- path: a\n  edit: |\n    <<<<<<< SEARCH\n    a\n    =======\n    b\n    >>>>>>> REPLACE\n\n"
        + "    <<<<<<< SEARCH\n    c\n    =======\n    d\n    >>>>>>> REPLACE")
    guard case .edit(let edits) = try Reading.manifest(text).steps[0].files[0].action else {
      Issue.record("no edit")
      return
    }
    #expect(edits.map(\.mark) == [Mark(line: 8, column: 11), Mark(line: 14, column: 11)])
  }

  @Test func base64IsStrict() {
    func rules(_ text: String) -> [String] {
      Reading.rules(of: Reading.withFiles("- path: a.bin\n  base64: \"\(text)\""))
    }
    for good in ["", "AA==", "AAA=", "AAAA", "/+8=", "AA AA", "AAAA\\nAAAA\\n"] {
      #expect(rules(good).filter { $0 == "base64" } == [], "\(good)")
    }
    for bad in [
      "A", "AA", "AAA", "AA=", "A===", "AAAA=", "AA==AA==", "AB==", "AAB=", "A-__", "AA*A", "=AAA",
      "AA=A", "AA\\tAA",
    ] {
      #expect(rules(bad) == ["base64"], "\(bad)")
    }
  }
}

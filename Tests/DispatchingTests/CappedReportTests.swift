import Platform
import Testing

@testable import Dispatching

@Suite struct CappedReportTests {
  private func report(outputs: Int, of length: Int, files: Int = 0) -> JSON {
    let text = String(repeating: "é", count: length / 2 - 3) + "the end"
    return [
      "ok": false, "run": "r",
      "steps": .array(
        (0..<outputs).map { number in
          [
            "id": .string("s\(number)"), "outcome": "failed",
            "files": .array(
              (0..<files).map { ["path": .string("folder/file-\($0)"), "action": "created"] }),
            "commands": [["name": "c", "output": .string(text)]],
          ]
        }),
    ]
  }

  @Test func aSmallReportStaysAsItIs() {
    let small = report(outputs: 3, of: 100)
    #expect(CappedReport.make(small) == small)
  }

  @Test(arguments: [
    (1, 1 << 20, 0), (100, 20_000, 0), (3000, 600, 0), (200, 100, 200), (9000, 20, 3),
  ])
  func aLargeOneKeepsItsEnds(_ outputs: Int, _ length: Int, _ files: Int) {
    let cut = CappedReport.make(report(outputs: outputs, of: length, files: files))
    #expect(cut.text().utf8.count <= CappedReport.limit)
    #expect(cut["run"] == "r")
    if outputs == 1 {
      let output = cut["steps"]?.array?[0]["commands"]?.array?[0]["output"]?.string
      #expect(output?.hasSuffix("the end") == true)
    }
  }
}

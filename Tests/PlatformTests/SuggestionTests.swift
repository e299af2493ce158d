import Platform
import Testing

@Suite struct SuggestionTests {
  let known = ["content", "path", "executable", "edit", "delete", "delete_tree", "tests"]

  @Test(arguments: [
    ("contnet", "content"), ("Path", "path"), ("pth", "path"), ("executabel", "executable"),
    ("exec", "executable"), ("delet", "delete"), ("test", "tests"),
  ])
  func namesTheNearest(written: String, meant: String) {
    #expect(Suggestion.nearest(to: written, in: known) == meant)
  }

  @Test(arguments: [
    "", "zzz", "frobnicate", "x",
    "a word of more than sixty-four letters that nobody would ever have typed",
  ])
  func saysNothingWhereNothingIsNear(written: String) {
    #expect(Suggestion.nearest(to: written, in: known) == nil)
  }
}

import Platform
import Testing

@testable import Engine

/// What git answers, as it is read.
@Suite struct GitReadingTests {
  private let object = "ce013625030ba8dba906f756967f9e9ca394464a"

  @Test func anIndexListingIsReadWithItsFlags() throws {
    let listing =
      "H 100644 \(object) 0\ta b\0" + "h 100755 \(object) 0\tassumed\0"
      + "S 100644 \(object) 0\tsparse\0" + "H 160000 \(object) 0\tmodule\0"
      + "M 100644 \(object) 2\tmerge\0"
    let index = try GitIndex(listing: Array(listing.utf8))
    #expect(index[try RelativePath("a b")]?.mode == "100644")
    #expect(index[try RelativePath("assumed")]?.isAssumedUnchanged == true)
    #expect(index[try RelativePath("sparse")]?.isSkipped == true)
    #expect(index[try RelativePath("merge")]?.stage == 2)
    #expect(index.submodule(holding: try RelativePath("module/x/y")) == "module")
    #expect(index.submodule(holding: try RelativePath("modules/x")) == nil)
  }

  @Test func aListingThatIsNotUnderstoodIsRefused() {
    #expect(throws: GitFailure.self) { try GitIndex(listing: Array("H 100644 x\tpath\0".utf8)) }
    #expect(throws: GitFailure.self) { try GitIndex(listing: Array("no tab\0".utf8)) }
  }

  @Test func aRepositoryOfAnotherUserIsRefusedWithWhatToType() {
    let said = "fatal: detected dubious ownership in repository at '/srv/tree'\nTo add an exception"
    let failure = GitFailure(
      command: "rev-parse", exit: "failed with exit code 128", errors: Array(said.utf8))
    #expect(failure.message == "git refuses this repository: it belongs to another user")
    #expect(
      failure.hint == "git config --global --add safe.directory '/srv/tree', if you trust it")
  }

  @Test func aBlobHasTheIdThatGitGivesIt() {
    // `printf 'hello\n' | git hash-object --stdin`, in both hashes.
    #expect(GitObject.id(of: Array("hello\n".utf8), like: object) == object)
    let long = "2cf8d83d9ee29543b34a87727421fdecb7e3f3a183d337639025de576db9ebb4"
    #expect(GitObject.id(of: Array("hello\n".utf8), like: long) == long)
  }

  @Test(
    arguments: [
      ("filter\0lfs", "a\n", false, false, "is under git's content filter 'lfs'"),
      ("ident\0set", "a\n", false, false, "has git's attribute ident, which rewrites $Id$"),
      (
        "working-tree-encoding\0UTF-16", "a\n", false, false,
        "has git's attribute working-tree-encoding (UTF-16)"
      ),
      ("text\0set", "a\r\n", false, false, "has CRLF line ends, which git would store as LF"),
      ("eol\0crlf", "a\n", false, false, "has LF line ends, which git checks out as CRLF here"),
      ("eol\0lf", "a\n", true, true, nil),
      ("eol\0lf", "a\r\n", true, true, "has CRLF line ends, which git would store as LF"),
      ("eol\0crlf", "a\r\nb\r\n", false, false, nil),
      ("eol\0crlf", "a\r\nb\n", false, false, "has CRLF line ends, which git would store as LF"),
      ("text\0auto", "a\r\n", false, false, "has CRLF line ends, which git would store as LF"),
      ("text\0unset", "a\r\nb\n", true, true, nil),
      ("text\0auto", "a\n", false, false, nil),
      ("text\0auto", "a\n", true, false, "has LF line ends, which git checks out as CRLF here"),
      ("text\0auto", "\0a\n", true, false, nil),
      ("unrelated\0set", "a\r\n", false, false, nil),
      ("unrelated\0set", "a\n", true, true, "has LF line ends, which git checks out as CRLF here"),
    ] as [(String, String, Bool, Bool, String?)])
  func anAttributeThatChangesBytesIsNamed(
    attribute: String, text: String, convertsToCRLF: Bool, normalises: Bool, expected: String?
  ) throws {
    let attributes = GitAttributes(answer: Array("f\0\(attribute)\0".utf8))
    let lineEnds = GitAttributes.LineEnds(areCRLF: convertsToCRLF, areNormalised: normalises)
    func obstacle(storesCRLF: Bool) throws -> String? {
      attributes.obstacle(
        for: try RelativePath("f"), bytes: Array(text.utf8), lineEnds: lineEnds
      ) { storesCRLF }
    }
    #expect(try obstacle(storesCRLF: false) == expected)
    // Of a file of which git guesses that it is text, CRLF that it has stays.
    let isKept = attribute == "text\0auto" && text.contains("\r\n")
    #expect(try obstacle(storesCRLF: true) == (isKept ? nil : expected))
  }

  @Test func aConeIsReadAsGitWritesIt() throws {
    let cone = try #require(SparseCheckout(text: "/*\n!/*/\n/a/\n!/a/*/\n/a/b/\n"))
    #expect(cone.contains("top"))
    #expect(cone.contains("a/file"))
    #expect(cone.contains("a/b/c/file"))
    #expect(!cone.contains("a/c/file"))
    #expect(!cone.contains("d/file"))
    #expect(SparseCheckout(text: "*.txt\n") == nil)
  }
}

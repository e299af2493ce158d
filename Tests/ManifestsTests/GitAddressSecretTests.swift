import Testing
import YAMLTree

@testable import Manifests

@Suite struct GitAddressSecrets {
  /// What is shown of a text, whatever else is wrong with it.
  @Test(arguments: [
    ("https://ada:secret@h/a", "https://***@h/a"), ("https://secret@h/a", "https://***@h/a"),
    ("https://ada:sec@ret@h/a", "https://***@h/a"),
    ("https://ada:sl/secret@h/a", "https://***@h/a"),
    ("https://:secret@h/a", "https://***@h/a"), ("HTTPS://ada:secret@h/a", "HTTPS://***@h/a"),
    ("http://ada:secret@h/a", "http://***@h/a"), ("ssh://ada:secret@h/a", "ssh://***@h/a"),
    ("x::https://ada:secret@h/a", "x::https://***@h/a"), ("ada:secret@h:a", "***@h:a"),
    ("https://ada:\(String(repeating: "x", count: 90))secret@h/a", "https://***@h/a"),
    ("https://ada:secret@h", "https://***@h"),
    ("https://ada:secret@[::1]/a", "https://***@[::1]/a"),
    ("https://ada:\u{301}secret@h/a", "https://***@h/a"),
  ])
  func aPasswordIsNotShown(text: String, shown: String) {
    #expect(GitAddress.shown(text) == shown)
    do throws(GitAddress.Fault) {
      _ = try GitAddress(text)
      Issue.record("it is an address")
    } catch {
      #expect(error.isSecret)
      #expect(error.message.hasPrefix("the address '\(shown)' "), "\(error.message)")
      #expect(!error.message.contains("secret") && !error.hint.contains("secret"))
    }
  }

  @Test(arguments: [
    "https://h/a", "ssh://git@h:22/a", "git@h:a", "git@h:x@y", "https://h:8443/a@b",
    "https://[::1]:8443/a@b", "file:///a:b@c", "ssh://git@[::1]:2222/a", "", "@", ":", "://",
    "://@", "a/b:c@d", "-u",
  ])
  func whatIsNoSecretIsShown(text: String) {
    #expect(GitAddress.shown(text) == (text == "://@" ? "://***@" : text))
    #expect(!GitAddress.hasPassword(text))
  }

  @Test(arguments: ["https://h:p/a", "https://h:80x/a", "ssh://git@h:x/a", "https://[::1]x:y/a"])
  func whatIsNoPortIsNone(text: String) {
    #expect {
      _ = try GitAddress(text)
    } throws: { error in
      (error as? GitAddress.Fault)?.message
        == "the address '\(text)' has no host that could be one"
    }
  }

  /// A password alone makes an address of it: it would be shown as a folder otherwise.
  @Test func whatHasAPasswordIsMeantAsAnAddress() {
    #expect(GitAddress.isMeant(by: "ada:secret@h:a"))
    #expect(!GitAddress.isMeant(by: "./ada:x@h"))
  }

  /// The line of a configuration or of a fleet that holds a password stays where it is.
  @Test func theLineOfAPasswordIsNotShown() {
    let diagnostics = Diagnostics(
      SourceText(name: "c.yaml", bytes: Array("- https://ada:secret@h/a\n- http://h/a\n".utf8)))
    for (line, text) in ["https://ada:secret@h/a", "http://h/a"].enumerated() {
      let mark = Mark(line: line + 1, column: 3)
      let node = Node(.scalar(Scalar(style: .plain, bytes: Text(text))), start: mark, end: mark)
      do throws(GitAddress.Fault) { _ = try GitAddress(text) } catch {
        diagnostics.error("config-address", error, at: node)
      }
    }
    let said = diagnostics.all.map { DiagnosticPrinter().text($0) }
    #expect(
      said.first == """
        c.yaml:1:3: error[config-address]: the address 'https://***@h/a' has a name or a password \
        in it, which every report would show
          = help: take it out; git asks your credential helper

        """)
    #expect(said.count == 2 && said[1].contains("- http://h/a"))
  }
}

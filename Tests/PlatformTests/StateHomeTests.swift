import Testing

@testable import Platform

struct StateHomeTests {
  private static let cases: [(state: String?, home: String?, registered: String?, String?)] = [
    ("/s/", "/h", "/r", "/s"), ("s", "/h", "/r", "/h/.local/state"),
    ("", "", "/r", "/r/.local/state"), (nil, nil, "/r/", "/r/.local/state"),
    (nil, "h", nil, nil), ("/", nil, nil, "/"),
  ]

  @Test(arguments: cases)
  func stateLiesWhereTheEnvironmentSaysElseInTheUsersHome(
    state: String?, home: String?, registered: String?, path: String?
  ) {
    #expect(StateHome.path(stateHome: state, home: home) { registered } == path)
  }
}

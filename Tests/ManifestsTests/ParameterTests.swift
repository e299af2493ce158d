import Manifests
import Testing
import YAMLTree

@Suite struct Parameters {
  private func rules(_ step: String, top: String = "params: {a: {}, b_2: {default: x}}") -> [String]
  {
    Reading.rules(
      of: "mtor: 1\nname: m\n\(top)\nsteps:\n  - id: s\n    tests: [\"true\"]\n    \(step)\n...\n")
  }

  @Test(arguments: [
    "files: [{path: \"${{ params.a }}/x\", content: \"x\\n\"}]",
    "files: [{path: x, content: \"${{ params.a }}\\n\", expand: true}]",
    "files: [{path: x, content: \"${{ params.zzz }} ${{ params.}}\\n\"}]",
    "files: [{path: x, symlink: \"${{ params.a }}\"}]",
    "files: [{path: x, move_from: \"${{ params.b_2 }}\"}]", "env: {A: \"${{ params.a }}\"}",
    "cwd: \"${{ params.a }}\"", "when: {exists: \"${{ params.a }}\"}",
    "intent: \"${{ params.zzz }}\"", "run: [\"echo ${{ secrets.x }} ${{x}} ${{params.a}}\"]",
    "run: [{run: \"x\", creates: \"${{ params.a }}\", stdin: \"${{ params.zzz }}\"}]",
    "env: {A: \"${{ github.ref }} ${{\"}",
  ])
  func aParameterStandsWhereItIsExpandedAndElsewhereIsText(step: String) {
    #expect(rules(step) == [], "\(step)")
  }

  @Test(arguments: [
    ("files: [{path: \"${{ params.z }}/x\", content: \"x\\n\"}]", "param-undeclared"),
    ("files: [{path: x, content: \"${{ params.z }}\\n\", expand: true}]", "param-undeclared"),
    ("files: [{path: x, content: \"${{ params.a}}\\n\", expand: true}]", "param-syntax"),
    ("files: [{path: \"${{ params.a }\", content: \"x\\n\"}]", "param-syntax"),
    ("files: [{path: \"${{ params.1a }}\", content: \"x\\n\"}]", "param-syntax"),
    ("files: [{path: \"${{ params.a.b }}\", content: \"x\\n\"}]", "param-syntax"),
    ("env: {A: \"${{ params.z }}\"}", "param-undeclared"),
    ("cwd: \"${{ params.z }}\"", "param-undeclared"),
    ("run: [\"echo ${{ params.a }}\"]", "command-param"),
    ("run: [{run: \"x\", unless: \"${{ params.a }}\"}]", "command-param"),
    ("repair: {fixers: [\"${{ params.a }}\"]}", "command-param"),
    ("outputs: [\"${{ params.a }}/*\"]", "param-place"),
  ])
  func aParameterThatIsNotDeclaredOrNotExpandedIsRefused(step: String, rule: String) {
    #expect(rules(step).first == rule, "\(step)")
  }

  @Test func aCommandIsToldItsVariable() {
    let said = Reading.said(of: Reading.withTests("- \"echo ${{ params.port }}\""))
    #expect(
      said == [
        "6:9: error command-param: parameters are not expanded in commands => "
          + "use \"$MTOR_PARAM_port\" instead of '${{ params.port }}'"
      ])
  }

  @Test func anExpansionIsDoneOnce() throws {
    let expansion = try Expansion("a ${{ params.x }}${{ params.y }} ${{ z }} $")
    #expect(expansion.names == ["x", "y"])
    let values = ["x": "${{ params.y }}", "y": "é"]
    #expect(
      String(decoding: expansion.expanded(with: values), as: UTF8.self)
        == "a ${{ params.y }}é ${{ z }} $")
    #expect(Expansion.expand("no parameter", with: values) == "no parameter")
    #expect(throws: Expansion.Fault(offset: 2)) { try Expansion("a ${{ params.x") }
  }

  @Test(arguments: [
    ("params: {port: {default: \"80\", pattern: \"[0-9]+\"}}", []),
    ("params: {port: {default: \"80x\", pattern: \"[0-9]+\"}}", ["param-default"]),
    ("params: {port: {pattern: \"[0-9\"}}", ["pattern"]),
    ("params: {1port: {}}", ["param-name"]), ("params: {\"po rt\": {}}", ["param-name"]),
    ("params: [port]", ["wrong-type"]), ("params: {port: 80}", ["wrong-type"]),
    ("params:\n  port:", ["wrong-type"]),
  ])
  func aDeclarationIsChecked(top: String, expected: [String]) {
    #expect(rules("parallel: true", top: top) == expected, "\(top)")
  }
}

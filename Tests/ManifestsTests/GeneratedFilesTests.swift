import Manifests
import Platform
import Testing

@Suite struct GeneratedFiles {
  @Test func theSchemasOfTheRepositoryAreThoseOfTheCode() throws {
    try Repository.expect(
      "schemas/manifest.schema.json", toBe: ManifestSchema.document.text(.pretty) + "\n")
    try Repository.expect(
      "schemas/config.schema.json", toBe: ConfigurationSchema.document.text(.pretty) + "\n")
  }

  @Test func thePageOfRulesIsThatOfTheCode() throws {
    try Repository.expect("docs/rules.md", toBe: RulesPage.text)
  }

  @Test func thePageOfTheConfigurationIsThatOfItsSchema() throws {
    let page = """
      # Configuration

      `$XDG_CONFIG_HOME/mtor/config.yaml`, by default `~/.config/mtor/config.yaml`, or `--config FILE`.
      The same rules of YAML and the same errors as for a manifest. Without a file everything has its
      default, and no model is ever asked. `mtor models add NAME` writes an entry of `models`.

      A tree is not trusted to configure the tool: `.mtor/config.yaml` in the root may choose among the
      models that your own file defines, lower budgets, tighten the sandbox and name coaching folders.
      Anything else there is exit code 3 and names the file. [Repair](repair.md#configuration) has an
      example; this page is made from `mtor schema config`.

      ## Keys


      """
    let tables = SchemaPage.tables(of: ConfigurationSchema.document)
    try Repository.expect(
      "docs/configuration.md", toBe: page + tables.drop { $0 == "\n" })
  }

  @Test func thePageOfTheReportsIsThatOfTheirSchemas() throws {
    func document(_ name: String) throws -> JSON {
      try JSON(parsing: Repository.read("schemas/\(name).schema.json"))
    }
    let page = """
      # Fields of the reports

      Made from `mtor schema report`, `mtor schema event` and `mtor schema plan`, which a program can
      check what it reads against. What a key is not marked `optional` for is always there.

      ## The run report

      `--json FILE`, `--format json`, `mtor show --format json`, and each line of `mtor log export`.
      A run that could not begin has `{"ok": false, "error": …}` instead.

      """
    let events = """

      ## Events

      `--events FILE`: a line of JSON for each event, when it happens. A [command](#command), an
      [attempt](#attempt), a [file](#file) and a [notice](#notice) are as in the report.

      """
    let plans = """

      ## Plans

      `mtor plan --format json` prints a plan; `mtor plan --out FILE` saves one for `mtor apply`.

      """
    var event = try document("event")
    if case .object(let members) = event {
      event = .object(members.filter { $0.key != "$defs" })
    }
    try Repository.expect(
      "docs/report-fields.md",
      toBe: page + SchemaPage.tables(of: document("report")) + events
        + SchemaPage.tables(of: event) + plans
        + SchemaPage.tables(of: document("plan"), prefix: "plan"))
  }
}

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
}

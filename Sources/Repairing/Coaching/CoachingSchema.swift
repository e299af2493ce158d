import Manifests
public import Platform

/// The JSON Schema of a note's file. `schemas/coaching.schema.json` is this value, written out.
public enum CoachingSchema {
  private typealias S = SchemaBuilder

  public static let document: JSON = S.document(
    "A coaching note of mtor", id: "coaching",
    S.mapping(
      "One sentence that helps whoever repairs this code.", required: ["id", "text", "status"],
      [
        "id": S.text("What it is called.", pattern: "^[a-z0-9][a-z0-9._-]{0,62}$"),
        "text": S.described(
          "One plain line: no tags, fences, addresses or invisible characters.",
          ["type": "string", "minLength": 1, "maxLength": .integer(NoteText.limit)]),
        "scope": S.mapping(
          "Where it holds; what is left out holds everywhere.",
          [
            "paths": S.list("Patterns of the step's files.", of: S.string("A pattern.")),
            "languages": S.list("Languages, or endings of files.", of: S.text("A language.")),
            "models": S.list("Configured names of models.", of: S.text("A name.")),
            "steps": S.list("Ids of steps.", of: S.text("An id.")),
          ]),
        "severity": S.words(
          "How much goes wrong where it is not known.",
          CoachingNote.Severity.allCases.map(\.rawValue)),
        "origin": S.words(
          "Who thought of it.", CoachingNote.Origin.allCases.map(\.rawValue)),
        "from": S.mapping(
          "What a reflection came from.", required: ["run"],
          [
            "run": S.text("The run."), "step": S.text("The step."), "model": S.text("The model."),
          ]),
        "status": S.words(
          "proposed: never sent; active: sent; promoted: its command does the work; retired: kept "
            + "for the record.", CoachingNote.Status.allCases.map(\.rawValue)),
        "created": S.string("A day.", pattern: "^[0-9]{4}-[0-9]{2}-[0-9]{2}(T.*Z)?$"),
        "expires": S.string(
          "The day from which on it is not sent.", pattern: "^[0-9]{4}-[0-9]{2}-[0-9]{2}(T.*Z)?$"),
        "check": S.string(
          "A command that finds what the note speaks of, or mends it. It runs in the sandbox of "
            + "repairs, and only after 'mtor coach promote' on the machine in question.",
          notEmpty: true),
      ]),
    definitions: .object([]))
}

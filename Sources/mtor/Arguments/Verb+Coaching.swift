import Manifests
import Repairing

extension Verb {
  /// `mtor coach`: notes for whoever repairs.
  static let coaching = Verb(
    .coach, "keep notes for the models that repair, and see whether they help",
    details: [
      "A note is one sentence in a file below .mtor/coaching, reviewed with the code. What models"
        + " said beside their repairs is listed as proposed; nothing proposed is ever sent.",
      "'activate' sends a note from now on, 'retire' keeps it for the record. 'promote' lets its"
        + " command do its work before any model is asked: in the sandbox, on this machine, and"
        + " only after you said so here. 'stats' says what came of each, 'lint' what is wrong.",
    ],
    operands: [
      Operand("WHAT", .oneOf(CoachVerb.Action.allCases.map(\.rawValue))),
      Operand("TEXT|ID", .text, isRequired: false, repeats: true),
    ],
    flags: [
      Flag(.name, .text("ID"), "add: what the note is called; else its first words"),
      Flag(
        .severity, .oneOf(CoachingNote.Severity.allCases.map(\.rawValue)),
        "add: how much goes wrong where it is not known"),
      Flag(
        .origin, .oneOf([CoachingNote.Origin.review, .architect].map(\.rawValue)),
        "add: who thought of it"),
      Flag(.path, .text("GLOB"), repeats: true, "add: only for steps with such files"),
      Flag(.language, .text("NAME"), repeats: true, "add: only for this language"),
      Flag(.model, .text("NAME"), repeats: true, "add: only for this model"),
      Flag(.step, .text("ID"), repeats: true, "add: only for this step"),
      Flag(.expires, .text("DAY"), "add: not sent from this day on, such as 2027-01-31"),
      Flag(.check, .text("COMMAND"), "add, promote: the command that finds it or mends it"),
      Flag(.proposed, "add: write it down, do not send it yet"),
      Flag(.config, .file("FILE"), "this configuration instead of the usual one"),
      .format(),
    ],
    examples: [
      Example("mtor coach add 'Amounts are in cents, never floats.'", "sent from now on"),
      Example("mtor coach list", "all notes, and what models have proposed"),
      Example(
        "mtor coach promote amounts-are-in-cents --check 'sh lint-cents'",
        "its command runs before any model is asked"),
    ])
}

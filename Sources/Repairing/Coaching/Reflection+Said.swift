import Platform
public import Records

extension Reflection {
  /// What a model said beside its repair, as a note that nobody has looked at; nil where nothing
  /// that could be a note is left of it.
  ///
  /// Secrets are taken out and the rules of notes hold, whatever was said. It brings no path, no
  /// command and no scope but the language.
  public init?(
    said text: String, run: String, step: String?, model: String?, files: [String]
  ) {
    var redaction = Redaction(mark: "secret")
    let clean = NoteText.cleaned(redaction.redact(NoteText.cleaned(text)))
    // A word or two is no experience.
    guard clean.split(separator: " ").count >= 3 else { return nil }
    // What still looks like a secret would be no note as a file.
    guard !NoteText.holdsSecret(clean) else { return nil }
    var counts: [String: Int] = [:]
    for file in files { if let found = SourceLanguage.of(file) { counts[found, default: 0] += 1 } }
    self.init(
      note: CoachingNote.id(from: clean), text: clean, run: run, step: step, model: model,
      language: counts.min { ($1.value, $0.key) < ($0.value, $1.key) }?.key)
  }

  /// True if another one says nearly the same.
  public func isTwin(of other: Reflection) -> Bool { NoteLikeness.isTwin(text, other.text) }
}

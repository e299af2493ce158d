/// What the ledger knows of one coaching note: how often it was sent, and what came of it beside
/// repairs without it.
public struct NoteEvidence: Sendable, Hashable {
  /// Repairs, counted. A repair is one failing step (or `verify`) of one run.
  public struct Sum: Sendable, Hashable {
    public var repairs = 0
    public var passed = 0
    /// Requests of the repairs that passed.
    public var rounds = 0

    public init(repairs: Int = 0, passed: Int = 0, rounds: Int = 0) {
      self.repairs = repairs
      self.passed = passed
      self.rounds = rounds
    }

    public static func + (a: Sum, b: Sum) -> Sum {
      Sum(
        repairs: a.repairs + b.repairs, passed: a.passed + b.passed, rounds: a.rounds + b.rounds)
    }
  }

  /// The repairs of one model in one language: with the note, and without it.
  public struct Comparison: Sendable, Hashable {
    public var model: String
    public var language: String
    public var with: Sum
    public var without: Sum

    public init(model: String, language: String, with: Sum, without: Sum) {
      self.model = model
      self.language = language
      self.with = with
      self.without = without
    }

    /// Both sides have enough to say anything.
    public var isEnough: Bool {
      with.repairs >= NoteEvidence.enough && without.repairs >= NoteEvidence.enough
    }
  }

  /// So many repairs are the least that anything is said about.
  public static let enough = 10

  public var note: String
  /// By model, then language; only where the note was sent. A repair that two models tried
  /// counts for each.
  public var comparisons: [Comparison]
  /// The repairs it was sent with, each once, however many models tried.
  public var sent: Sum
  /// How many of the last repairs that it was sent with did not pass, one after the other.
  public var withoutEffect: Int

  public init(note: String, comparisons: [Comparison], sent: Sum, withoutEffect: Int) {
    self.note = note
    self.comparisons = comparisons
    self.sent = sent
    self.withoutEffect = withoutEffect
  }
}

/// Sums up repairs, handed over in the order in which they happened, for all notes at once.
struct NoteEvidenceSums {
  /// One model's part in one repair.
  struct Part {
    var model: String
    /// Those that it was sent.
    var notes: Set<String>
    var passed: Bool
    var rounds: Int

    var sum: NoteEvidence.Sum {
      .init(repairs: 1, passed: passed ? 1 : 0, rounds: passed ? rounds : 0)
    }
  }

  private struct Place: Hashable {
    let model: String
    let language: String
  }

  private var all: [Place: NoteEvidence.Sum] = [:]
  private var withNote: [String: [Place: NoteEvidence.Sum]] = [:]
  private var sent: [String: NoteEvidence.Sum] = [:]
  private var failedInRow: [String: Int] = [:]

  /// One repair, of one part or more; `isOpen` is one whose end nobody knows.
  mutating func add(_ parts: [Part], language: String, isOpen: Bool) {
    for part in parts {
      let place = Place(model: part.model, language: language)
      all[place] = (all[place] ?? .init()) + part.sum
      for note in part.notes {
        withNote[note, default: [:]][place] = (withNote[note]?[place] ?? .init()) + part.sum
      }
    }
    for note in parts.reduce(into: Set<String>(), { $0.formUnion($1.notes) }) {
      // Once, and it passed if any model that had the note made it pass.
      let with = parts.filter { $0.notes.contains(note) }
      let passed = with.contains(where: \.passed)
      let rounds = passed ? with.reduce(0) { $0 + $1.rounds } : 0
      sent[note] =
        (sent[note] ?? .init())
        + NoteEvidence.Sum(repairs: 1, passed: passed ? 1 : 0, rounds: rounds)
      if !isOpen { failedInRow[note] = passed ? 0 : (failedInRow[note] ?? 0) + 1 }
    }
  }

  var evidence: [String: NoteEvidence] {
    var result: [String: NoteEvidence] = [:]
    for (note, places) in withNote {
      let comparisons = places.map { place, with in
        let every = all[place] ?? .init()
        return NoteEvidence.Comparison(
          model: place.model, language: place.language, with: with,
          without: .init(
            repairs: every.repairs - with.repairs, passed: every.passed - with.passed,
            rounds: every.rounds - with.rounds))
      }
      result[note] = NoteEvidence(
        note: note,
        comparisons: comparisons.sorted { ($0.model, $0.language) < ($1.model, $1.language) },
        sent: sent[note] ?? .init(), withoutEffect: failedInRow[note] ?? 0)
    }
    return result
  }
}

import Manifests
import Platform

/// What tells one request to a model from all others: a run that goes on after another one was
/// killed finds by it the reply that was paid for.
///
/// It holds what the request says, without what differs between two runs of one failure, and what
/// came before it. Where it is not sure that two requests ask the same, they have two keys: a reply
/// to something else is worse than a second payment.
enum RequestKey {
  /// Of the output this much is kept at its beginning and its end, in bytes: more than a request
  /// shows of it.
  private static let outputLimit = 12_000, headLimit = 4000

  /// `input` is what the request is made of, `climb` and `replies` what came before it, both of
  /// this climb: replies are counted, and not attempts, since a fixer or a memory that was tried in
  /// the run before may be gone in this one.
  static func make(
    _ input: PromptInput, _ ask: Ladder.Ask, of model: ModelConfiguration, _ climb: Climb,
    after replies: [Digest]
  ) -> Digest {
    let task = climb.situation.task
    let asked: [JSON] = [
      .string(model.api.rawValue), .string(model.url), .string(model.model),
      JSON(model.maxOutput), JSON(model.context), model.extra.map(JSON.init(node:)) ?? .null,
      .string(ask.format.rawValue), .string("\(ask.temperature)"), .bool(ask.isFresh),
      .bool(ask.isWide), .bool(ask.isSmall), .bool(ask.isPlain), JSON(ask.notice),
    ]
    // Another tree's run may be alive, and tells itself what it has paid for.
    let place: [JSON] = [
      .string(task.root), JSON(task.step), .string(task.declared.hex), .string(input.command),
      JSON(input.intent),
    ]
    let files = input.files.map { file -> JSON in
      [
        .string(file.path.text), .bool(file.isEditable), .string(Digest(of: file.content).hex),
      ]
    }
    let failure: [JSON] = [
      .string(input.ending), .string(climb.situation.failure.fingerprint),
      .string(output(input.failure)), strings(places(input)),
    ]
    let around: [JSON] = [
      strings(input.untouchable.map(\.text)), strings(input.notes.map(\.line)),
      strings(input.findings.map { $0.note + "\n" + constant($0.output) }),
    ]
    let before: [JSON] = [
      strings(replies.map(\.hex)), strings(climb.tried), strings(input.attempts.map(constant)),
    ]
    let parts: [JSON] = [
      .array(place), .array(asked), .array(files), .array(failure), .array(around), .array(before),
    ]
    return Digest(of: JSON.array(parts).bytes())
  }

  private static func strings(_ texts: [String]) -> JSON { .array(texts.map(JSON.string)) }

  /// The places that the output names in files that are shown: these decide which file comes first,
  /// and which lines of a large one are shown.
  private static func places(_ input: PromptInput) -> [String] {
    let names = Set(input.files.map(\.path.name))
    let named = input.failure.places.compactMap { place -> String? in
      let name = place.path.split(separator: "/").last ?? ""
      return names.contains(name) ? "\(name):\(place.line)" : nil
    }
    return Set(named).sorted()
  }

  /// What a request may show of an output: the whole of it, or the error with its surroundings, the
  /// beginning and the end.
  private static func output(_ failure: FailureText) -> String {
    let all = constant(failure.text)
    // By its own length: that of the text differs with the digits of a time.
    if all.utf8.count <= outputLimit { return all }
    let head = all.utf8.prefix(headLimit)
    let tail = all.utf8.suffix(outputLimit - headLimit)
    return [
      constant(failure.surroundings), String(decoding: head, as: UTF8.self),
      String(decoding: tail, as: UTF8.self),
    ].joined(separator: "\0")
  }

  /// A text without what the fingerprint of a failure leaves out, line by line; but the folders of
  /// relative paths stay, since those are the tree's.
  private static func constant(_ text: String) -> String {
    text.split(separator: "\n", omittingEmptySubsequences: false).map { line in
      var words = Fingerprint.normalise(withFolders(line), words: .max, characters: .max)
        .split(separator: " ").map(String.init)
      for index in words.indices where isTime(words, at: index) { words[index] = "#" }
      return words.joined(separator: " ")
    }.joined(separator: "\n")
  }

  /// A line in which the slashes of relative paths are none, so that only absolute paths, which may
  /// be those of temporary folders, become base names.
  private static func withFolders(_ line: Substring) -> String {
    guard line.contains("/") else { return String(line) }
    var result = ""
    var isBeginning = true
    var isAbsolute = false
    for character in line {
      if character.isWhitespace || "\"'`()[]{}<>,;:=".contains(character) {
        isBeginning = true
        result.append(character)
        continue
      }
      if isBeginning { isAbsolute = character == "/" }
      isBeginning = false
      result.append(character == "/" && !isAbsolute ? "\u{2044}" : character)
    }
    return result
  }

  /// True for the number of `0.41 s`, `(0.003) seconds` and `12 ms`. A whole number of seconds is
  /// rather what a test expects.
  private static func isTime(_ words: [String], at index: Int) -> Bool {
    func core(_ at: Int) -> Substring {
      words.indices.contains(at) ? words[at].trimming { "()[],:;.".contains($0) } : ""
    }
    let number = core(index)
    guard let first = number.first, first.isNumber,
      number.allSatisfy({ $0.isNumber || $0 == "." })
    else { return false }
    let unit = core(index + 1)
    if ["ms", "us", "µs", "ns", "milliseconds"].contains(unit) { return true }
    guard number.contains(".") else { return false }
    // XCTest writes `in 0.003 (0.004) seconds`.
    let isPair = words[index + 1..<min(index + 2, words.count)].contains { $0.hasPrefix("(") }
    return isSecond(unit) || isPair && isSecond(core(index + 2))
  }

  private static func isSecond(_ word: Substring) -> Bool {
    ["s", "sec", "secs", "second", "seconds"].contains(word)
  }
}

extension String {
  /// Without the characters of a kind at both ends.
  fileprivate func trimming(_ isLeft: (Character) -> Bool) -> Substring {
    var text = self[...]
    while let first = text.first, isLeft(first) { text.removeFirst() }
    while let last = text.last, isLeft(last) { text.removeLast() }
    return text
  }
}

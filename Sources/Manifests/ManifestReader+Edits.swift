import Platform
import YAMLTree

extension ManifestReader {
  /// `edit`: SEARCH/REPLACE blocks in a text, or a list of edits; nil where nothing can be read.
  func edits(_ node: Node) -> [Edit]? {
    if case .sequence(let items) = node.value {
      if items.isEmpty {
        diagnostics.error(
          "edit-empty", "the list of edits is empty", at: node,
          hint: "add '- {find: …, replace: …}'")
        return nil
      }
      let edits = items.map { edit($0) }
      return edits.contains { $0 == nil } ? nil : edits.compactMap { $0 }
    }
    if case .mapping = node.value {
      diagnostics.error(
        "wrong-type", "'edit' must be a text or a list, not a mapping", at: node,
        hint: "write the edit as an item of a list, after '- '")
      return nil
    }
    guard let text = reader.content(node, "'edit'") else { return nil }
    let (blocks, faults) = SearchReplace.read(text.decoded())
    for fault in faults {
      diagnostics.add(fault.diagnostic(in: diagnostics.source, at: node.start))
    }
    guard faults.isEmpty else { return nil }
    return blocks.map { block in
      let place = Finding(.note, "", "", line: block.line)
        .diagnostic(in: diagnostics.source, at: node.start).mark
      return Edit(
        .replace(
          find: Text(block.find), with: Text(block.replacement), count: .exactly(1),
          extent: .lines),
        at: place ?? node.start)
    }
  }

  /// The forms of an edit: the key that each is known by, and what may stand beside it.
  private static let editForms: [(key: String, others: [String])] = [
    ("find", ["replace", "count", "word"]), ("match", ["replace", "count"]),
    ("after", ["insert"]), ("before", ["insert"]), ("append", []), ("prepend", []), ("set", []),
  ]

  private func edit(_ node: Node) -> Edit? {
    let known = [
      "find", "replace", "count", "word", "match", "after", "before", "insert", "append",
      "prepend", "set",
    ]
    guard let fields = Fields(node, "an edit", known: known, diagnostics) else { return nil }
    let present = Self.editForms.filter { fields.has($0.key) }
    guard present.count == 1, let form = present.first else {
      diagnostics.error(
        "one-of",
        present.isEmpty
          ? "the edit does not say what it does"
          : "the edit has both '\(present[0].key)' and '\(present[1].key)'", at: node.start,
        hint: "an edit has exactly one of: " + Self.editForms.map(\.key).joined(separator: ", "))
      return nil
    }
    for key in known where fields.has(key) && key != form.key && !form.others.contains(key) {
      diagnostics.error(
        "key-combination", "'\(key)' has no meaning beside '\(form.key)'",
        at: fields.mark(of: key), width: key.utf8.count, hint: "remove '\(key)'")
      return nil
    }
    return operation(form.key, fields).map { Edit($0, at: node.start) }
  }

  private func operation(_ key: String, _ fields: Fields) -> Edit.Operation? {
    switch key {
    case "find": return replacement(fields)
    case "match": return patternReplacement(fields)
    case "after", "before": return insertion(key, fields)
    case "append": return fields.content(key).map { .append($0) }
    case "prepend": return fields.content(key).map { .prepend($0) }
    default: return setting(fields)
    }
  }

  /// A text that may not be empty.
  private func anchor(_ fields: Fields, _ name: String) -> Text? {
    guard let node = fields[name] else { return nil }
    // 'after' and 'before' may be plain, as long as YAML hands them over whole.
    let isPlain = name != "find" && node.scalar?.style == .plain
    let read =
      isPlain
      ? reader.wholeText(node, "'\(name)'").map { Text($0) } : reader.content(node, "'\(name)'")
    guard let text = read else { return nil }
    guard text.count > 0 else {
      diagnostics.error(
        "edit-empty", "'\(name)' is empty, which stands everywhere", at: node,
        hint: "write the text that marks the place; '- {append: …}' and '- {prepend: …}' need none")
      return nil
    }
    return text
  }

  private func requiredContent(_ fields: Fields, _ name: String) -> Text? {
    fields.required(name).flatMap { reader.content($0, "'\(name)'") }
  }

  private func replacement(_ fields: Fields) -> Edit.Operation? {
    let find = anchor(fields, "find")
    let replacement = requiredContent(fields, "replace")
    let count = count(fields)
    let word = fields.bool("word") ?? false
    guard let find, let replacement, let count else { return nil }
    // An empty replacement deletes: then the newline goes with its line, or stays.
    if replacement.count > 0, endsLine(find) != endsLine(replacement) {
      let (with, without) = endsLine(find) ? ("find", "replace") : ("replace", "find")
      diagnostics.error(
        "edit-newline", "'\(with)' ends with a newline and '\(without)' does not",
        at: fields.mark(of: without), width: without.utf8.count,
        hint: endsLine(find)
          ? "write both with '|', or both without a newline, so that no line is joined"
          : "write both with '|', or both without a newline, so that no line is added")
      return nil
    }
    return .replace(find: find, with: replacement, count: count, extent: word ? .words : .bytes)
  }

  private func endsLine(_ text: Text) -> Bool { text.decoded().last == 0x0A }

  private func count(_ fields: Fields) -> Edit.Count? {
    guard let node = fields["count"] else { return .exactly(1) }
    if let scalar = node.scalar, scalar.string == "all" { return .all }
    if let text = node.scalar?.string, CoreNumber.int(text) == nil, text != "", !node.isFaulty {
      diagnostics.error(
        "unknown-word", "'count' cannot be '\(Excerpt.short(text))'", at: node,
        hint: "write a number or all")
      return nil
    }
    return reader.int(node, "'count'", in: 1...1_000_000).map { .exactly($0) }
  }

  private func patternReplacement(_ fields: Fields) -> Edit.Operation? {
    guard let node = fields["match"] else { return nil }
    let text = reader.wholeText(node, "'match'")
    let replacementNode = fields.required("replace")
    let replacement = replacementNode.flatMap { reader.content($0, "'replace'") }?.string
    guard let text, let count = count(fields) else { return nil }
    guard !text.isEmpty else {
      diagnostics.error(
        "edit-empty", "'match' is empty, which matches everywhere", at: node,
        hint: "write the pattern that is to be replaced")
      return nil
    }
    guard let pattern = pattern(text, node), let replacement, let replacementNode else {
      return nil
    }
    if let fault = ReplacementTemplate.fault(replacement, for: pattern) {
      diagnostics.error(
        "replacement", fault, at: replacementNode,
        hint: "write '$1' or '${name}' for a group of the pattern, and '$$' for a '$'")
      return nil
    }
    return .match(pattern: text, with: replacement, count: count)
  }

  private func insertion(_ key: String, _ fields: Fields) -> Edit.Operation? {
    let anchor = anchor(fields, key)
    let insert = requiredContent(fields, "insert")
    guard let anchor, let insert else { return nil }
    if endsLine(anchor), insert.count > 0, !endsLine(insert) {
      diagnostics.error(
        "edit-newline", "'\(key)' is a whole line and 'insert' has no newline at its end",
        at: fields.mark(of: "insert"), width: 6,
        hint: "write 'insert: |', so that the next line is not joined to it")
      return nil
    }
    return key == "after"
      ? .insertAfter(anchor: anchor, insert) : .insertBefore(anchor: anchor, insert)
  }

  private func setting(_ fields: Fields) -> Edit.Operation? {
    guard let node = fields["set"],
      let keys = Fields(node, "'set'", known: ["pointer", "value"], diagnostics)
    else { return nil }
    let pointerNode = keys.required("pointer")
    let value = keys.required("value")
    guard let pointerNode, let pointer = line(pointerNode, "'pointer'") else { return nil }
    let escapes = pointer.replacing("~0", with: "").replacing("~1", with: "")
    guard pointer.hasPrefix("/"), !escapes.contains("~") else {
      diagnostics.error(
        "pointer", "'\(Excerpt.short(pointer))' is no JSON pointer", at: pointerNode,
        hint: "write '/' before each key, such as /scripts/test; '~1' is a '/', '~0' a '~'")
      return nil
    }
    guard let value, !value.isFaulty else { return nil }
    return .set(pointer: pointer, value: value)
  }
}

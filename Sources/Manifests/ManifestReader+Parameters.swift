import YAMLTree

extension ManifestReader {
  /// `params`: what `--param` may set.
  func readParameters(_ fields: Fields) -> [Parameter] {
    (fields.pairs("params") ?? []).compactMap { parameter($0) }
  }

  private func parameter(_ pair: Node.Pair) -> Parameter? {
    let name = pair.key.scalar?.string ?? ""
    guard Expansion.isName(name), name.utf8.count <= 63 else {
      diagnostics.error(
        "param-name", "'\(Excerpt.short(name))' cannot be the name of a parameter", at: pair.key,
        hint: "use letters, digits and '_', no digit first: commands get it as $MTOR_PARAM_…")
      return nil
    }
    guard
      let keys = Fields(
        pair.value, "a parameter", known: ["default", "pattern", "description"], diagnostics)
    else { return nil }
    let value = line(keys, "default")
    let pattern = line(keys, "pattern")
    if let pattern, let node = keys["pattern"] {
      check(pattern, node, against: value, keys["default"])
    }
    return Parameter(
      name: name, defaultValue: value, pattern: pattern, description: prose(keys, "description"),
      mark: pair.key.start)
  }

  private func check(_ text: String, _ node: Node, against value: String?, _ valueNode: Node?) {
    guard let pattern = pattern(text, node, whole: true) else { return }
    guard let value, let valueNode else { return }
    do throws(PatternError) {
      if try pattern.matches(value) { return }
      diagnostics.error(
        "param-default", "the default '\(Excerpt.short(value))' does not match the pattern",
        at: valueNode, notes: [.init("the pattern", at: node.start)],
        hint: "the whole value must match: change one of the two")
    } catch {
      diagnostics.error("pattern", error.message, at: node)
    }
  }

  /// A pattern that compiles; otherwise that is reported, with the place inside it.
  func pattern(_ text: String, _ node: Node, whole: Bool = false) -> Pattern? {
    do throws(PatternError) {
      return try Pattern(text, whole: whole)
    } catch {
      let place = error.offset.map { " (at its byte \($0 + 1))" } ?? ""
      diagnostics.error(
        "pattern", "the pattern is not valid: \(error.message)\(place)", at: node,
        hint: "patterns are PCRE2's; a literal bracket, dot or backslash needs a '\\' before it")
      return nil
    }
  }

  /// Checks `${{ params.NAME }}` where it is expanded: its form, and that NAME is declared.
  func checkParameters(_ text: String, _ node: Node) {
    checkParameters(Array(text.utf8), node)
  }

  func checkParameters(_ bytes: [UInt8], _ node: Node) {
    do throws(Expansion.Fault) {
      var seen: Set<String> = []
      for name in try Expansion(bytes).names
      where !parameters.contains(name) && seen.insert(name).inserted {
        diagnostics.error(
          "param-undeclared", "there is no parameter '\(name)'", at: node,
          hint: parameters.isEmpty
            ? "declare it: 'params: {\(name): {}}'"
            : NodeReader.suggestion(for: name, among: parameters.sorted()))
      }
    } catch {
      diagnostics.error(
        "param-syntax", "'${{ params.' is not followed by a name and ' }}'", at: node,
        hint: "write '${{ params.NAME }}', with these spaces")
    }
  }

  /// Refuses `${{ params.` where nothing is expanded and it would be taken as it stands.
  func refuseParameters(_ text: String, _ node: Node, _ what: String) {
    guard Expansion.stands(in: text) else { return }
    diagnostics.error(
      "param-place", "parameters are not expanded in \(what)", at: node,
      hint: "they are in paths, symlink targets, cwd, env, commit and content with 'expand: true'")
  }
}

import Platform

extension HTMLReport {
  /// The changes of a step's files, each to be opened, the old lines beside the new ones.
  mutating func changes(ofStep step: String) -> String {
    var text = ""
    for change in changes where change.step == step { text += section(of: change) }
    return text
  }

  private mutating func section(of change: FileChange) -> String {
    let path = Markup.escaped(Printable.escaped(change.path))
    func summary(_ what: String, _ inner: String) -> String {
      "<details class=\"diff\"><summary><code>\(path)</code> "
        + "<span class=\"what\">\(what)</span></summary>\(inner)</details>\n"
    }
    if let omission = change.omission {
      return "<p class=\"faint\"><code>\(path)</code>: \(Markup.escaped(omission))</p>\n"
    }
    let (old, new) = (change.old ?? [], change.new ?? [])
    if old.prefix(8000).contains(0) || new.prefix(8000).contains(0) {
      return "<p class=\"faint\"><code>\(path)</code>: binary, "
        + "\(Phrases.number(old.count)) → \(Phrases.number(new.count)) bytes</p>\n"
    }
    let sides = SideBySide(from: old, to: new)
    if sides.parts.isEmpty { return "" }
    var table = ""
    var isCut = false
    for part in sides.parts {
      if !table.isEmpty { table += "<tr class=\"gap\"><td colspan=\"4\">⋯</td></tr>\n" }
      for row in part {
        let line = Self.row(row, isNew: change.old == nil)
        guard line.utf8.count <= changeRoom else {
          isCut = true
          break
        }
        changeRoom -= line.utf8.count
        table += line
      }
      if isCut { break }
    }
    let counts = "+\(sides.added) −\(sides.removed)"
    let head =
      "<table class=\"diff\"><caption class=\"hidden\">\(path): "
      + (change.old == nil ? "new" : "before on the left, after on the right") + "</caption>"
      + String(repeating: "<col class=\"n\"><col>", count: change.old == nil ? 1 : 2)
    let rest =
      isCut
      ? "<p class=\"faint\">the rest is left out here</p>" : ""
    return summary(counts, "<div class=\"wide\">\(head)\(table)</table></div>\(rest)")
  }

  /// A new file has no left side.
  private static func row(_ row: SideBySide.Row, isNew: Bool) -> String {
    func cell(_ cell: SideBySide.Cell?, _ sign: String, _ element: String) -> String {
      guard let cell else { return "<td class=\"n\"></td><td class=\"none\"></td>" }
      let text = Markup.escaped(Printable.escaped(cell.text))
      let marked = row.isChange ? "<\(element)>\(text)</\(element)>" : text
      return "<td class=\"n\">\(cell.number)</td><td\(row.isChange ? " class=\"\(sign)\"" : "")>"
        + "\(marked)</td>"
    }
    return "<tr>\(isNew ? "" : cell(row.old, "minus", "del"))\(cell(row.new, "plus", "ins"))</tr>\n"
  }
}

import Platform
import Reporting

extension Matrix {
  /// The matrix in GitHub's Markdown.
  public var markdown: String {
    let sign = isGreen ? "✓" : "✗"
    var text = "## \(sign) \(MarkdownReport.plain(manifest))\n\n"
    if kind != .plan { text += "**\(MarkdownReport.plain(MatrixSums(self).text))**\n\n" }
    text += "| | outcome | repositories |\n|---|---|---|\n"
    for group in groups {
      let names = group.rows.prefix(20).map { MarkdownReport.plain($0.repository) }
      let rest = group.rows.count > 20 ? " and \(group.rows.count - 20) more" : ""
      text += "| \(MatrixText.look(of: group.state).symbol) | \(MarkdownReport.plain(group.title)) "
      text += "| \(names.joined(separator: ", "))\(rest) |\n"
    }
    text += "\n"
    for (title, change) in distinctChanges {
      text += "<details><summary>\(HTMLPage.escape(title))</summary>\n\n"
      text += "<pre>\n\(Markup.escaped(change))\n</pre>\n\n</details>\n\n"
    }
    return text
  }

  /// The matrix as one page, on which each distinct change stands once.
  public var html: String {
    let reds = rows.count(where: \.state.isRed)
    let badge =
      isGreen
      ? "✓ \(rows.count) green"
      : reds > 0 ? "✗ \(reds) red" : "… \(rows.count(where: \.state.isOpen)) open"
    var body = HTMLPage.header(
      "Fleet: \(manifest)", badge: badge, isGood: isGreen, hasDetails: !rows.isEmpty)
    body += "<main id=\"content\" tabindex=\"-1\">\n"
    if kind != .plan {
      body += "<p><strong>\(HTMLPage.escape(MatrixSums(self).text))</strong></p>\n"
    }
    body += "<p>\(HTMLPage.escape(summary))</p>\n<h2>Outcomes</h2>\n"
    for group in groups { body += section(group) }
    let changes = distinctChanges
    if !changes.isEmpty { body += "<h2>Changes, each once</h2>\n" }
    var room = 400_000
    for (title, change) in changes {
      let shown = Markup.escaped(change)
      guard shown.utf8.count < room else {
        body += "<p class=\"faint\">the other changes are left out here: see --json</p>\n"
        break
      }
      room -= shown.utf8.count
      body += "<details class=\"step\" open><summary><span class=\"name\">\(HTMLPage.escape(title))"
      body +=
        "</span></summary><div class=\"inner\"><pre class=\"code\" tabindex=\"0\">\(shown)</pre>"
      body += "</div></details>\n"
    }
    return HTMLPage.text(
      title: "Fleet: \(manifest)", body: body + "</main>\n" + HTMLPage.footer)
  }

  private func section(_ group: Group) -> String {
    let look = MatrixText.look(of: group.state)
    var text = "<details class=\"step\"\(group.state.isRed ? " open" : "")><summary>"
    text += "<span class=\"\(HTMLPage.name(look.meaning))\">\(look.symbol)</span> "
    text += "<span class=\"name\">\(HTMLPage.escape(group.title))</span></summary>"
    text += "<div class=\"inner\"><table><tr><th scope=\"col\">repository</th>"
    text += "<th scope=\"col\">steps</th><th scope=\"col\">more</th>"
    text += "<th scope=\"col\" class=\"n\">tokens</th></tr>\n"
    for row in group.rows {
      let steps = row.cells.map { "\($0.step): \($0.outcome)" }.joined(separator: " · ")
      let more = [row.detail, row.push].compactMap { $0 }.joined(separator: " · ")
      text += "<tr><th scope=\"row\">\(HTMLPage.escape(row.repository))</th>"
      text += "<td>\(HTMLPage.escape(steps))</td><td>\(HTMLPage.escape(more))</td>"
      text += "<td class=\"n\">\(Phrases.number(row.tokens))</td></tr>\n"
    }
    return text + "</table></div></details>\n"
  }

  /// Each distinct change with how many repositories have it, the most common first.
  private var distinctChanges: [(title: String, change: String)] {
    var counts: [Digest: [String]] = [:]
    for row in rows {
      if let change = row.change { counts[change, default: []].append(row.repository) }
    }
    return counts.sorted {
      $0.value.count != $1.value.count ? $0.value.count > $1.value.count : $0.key < $1.key
    }.compactMap { digest, names in
      changes[digest].map { text in
        let rest = names.count > 5 ? ", …" : ""
        return (
          "\(Phrases.count(names.count, "repository", plural: "repositories")): "
            + names.prefix(5).joined(separator: ", ") + rest, text
        )
      }
    }
  }
}

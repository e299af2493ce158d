import YAMLTree

extension Rules {
  private static let file = "## S\n\n~~~~text path=a\nx\n~~~~\n"

  /// What only a manifest in Markdown can be wrong about.
  static let markdown: [Rule] = [
    Rule(
      "front-matter", "The manifest's keys stand between two lines '---'; steps are headings.",
      .wholeMarkdown, bad: "mtor: 1\n\n\(file)\n<!-- end -->\n",
      good: "---\nmtor: 1\nname: m\n---\n\n\(file)\n<!-- end -->\n"),
    Rule(
      "heading-underlined",
      "A heading made by the line below it: often a line of dashes that was meant as a rule.",
      .markdown, bad: "S\n---\n", good: file),
    Rule(
      "title-place", "A title ('#') after the first step; parts of a step have '###'.", .markdown,
      bad: file + "\n# Title\n", good: "# Title\n\n" + file),
    Rule(
      "step-id", "A heading that has no letters for an id and does not give one.", .markdown,
      bad: "## …\n\n~~~~text path=a\nx\n~~~~\n", good: "## … {#s}\n\n~~~~text path=a\nx\n~~~~\n"),
    Rule(
      "fence-unnamed",
      "A fence of tildes without a name: meant for something, or the end of one gone astray.",
      .markdown, bad: "## S\n\n~~~~\nx\n~~~~\n",
      good: "## S\n\n```\nx\n```\n\n~~~~sh test\ntrue\n~~~~\n"),
    Rule(
      "fence-backtick", .warning, "A fence of backticks, which is prose, names a file.", .markdown,
      bad: "## S\n\n```python path=a.py\na = 1\n```\n\n~~~~sh test\ntrue\n~~~~\n",
      good: "## S\n\n~~~~python path=a.py\na = 1\n~~~~\n\n~~~~sh test\ntrue\n~~~~\n"),
    Rule(
      "fence-name", "A fence of tildes that does not say what it is.", .markdown,
      bad: "## S\n\n~~~~sh tset\ntrue\n~~~~\n", good: "## S\n\n~~~~sh test\ntrue\n~~~~\n"),
    Rule(
      "fence-attribute", "A word or value in a fence's first line that it does not know.",
      .markdown, bad: "## S\n\n~~~~text path=a excutable\nx\n~~~~\n",
      good: "## S\n\n~~~~text path=a executable\nx\n~~~~\n"),
    Rule(
      "fence-quote", "A quote in a fence's first line that is never closed.", .markdown,
      bad: "## S\n\n~~~~text path=\"a\nx\n~~~~\n", good: "## S\n\n~~~~text path=\"a\"\nx\n~~~~\n"),
    Rule(
      "fence-indent", "A fence that is indented: Markdown would take spaces from its lines.",
      .markdown, bad: "## S\n\n ~~~~text path=a\n x\n ~~~~\n", good: file),
    Rule(
      "fence-open", "A fence that is never closed, or closed by too few tildes.", .markdown,
      bad: "## S\n\n~~~~text path=a\nx\n~~~\n", good: file),
    Rule(
      "fence-nested", "A fence that seems to open inside another: the first is not closed.",
      .markdown, bad: "## S\n\n~~~~text path=a\nx\n~~~~text path=b\ny\n~~~~\n",
      good: "## S\n\n~~~~~text path=a\nx\n~~~~ y\nz\n~~~~~\n"),
    Rule(
      "fence-place", "A fence before the first step, in a list or a quote, or out of its order.",
      .markdown, bad: "~~~~text path=a\nx\n~~~~\n", good: file),
    Rule(
      "fence-astray", "A line that looks like a fence where Markdown sees none.", .markdown,
      bad: "## S\n\n<div>\n~~~~text path=a\n</div>\n\n~~~~text path=b\nx\n~~~~\n", good: file),
    Rule(
      "files-line", "A line of a 'files' fence that says none of the things it can.", .markdown,
      bad: "## S\n\n~~~~files\nremove a\n~~~~\n", good: "## S\n\n~~~~files\ndelete a\n~~~~\n"),
    Rule(
      "diff-empty", "A 'diff' fence that speaks of no file.", .markdown,
      bad: "## S\n\n~~~~diff\nnothing\n~~~~\n",
      good: "## S\n\n~~~~diff\n--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n+b\n~~~~\n"),
    Rule(
      "diff-path", "A part of a diff that names no file.", .imported,
      bad: "diff --git nothing\nindex 1..2\n", good: "--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n+b\n"),
    Rule(
      "diff-hunk", "A hunk that has other lines than its header says.", .markdown,
      bad: "## S\n\n~~~~diff\n--- a/x\n+++ b/x\n@@ -1,3 +1 @@\n-a\n+b\n~~~~\n",
      good: "## S\n\n~~~~diff\n--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n+b\n~~~~\n"),
  ]

  /// What `mtor import` refuses.
  static let importing: [Rule] = [
    Rule(
      "import-empty", "A source in which nothing is a file, a change or a command.", .imported,
      bad: "Some prose.\n", good: "`a`\n`b.txt`\n\n```text path=a\nx\n```\n"),
    Rule(
      "import-line", "A line that the source's format does not have, such as a misspelt directive.",
      .imported, bad: "FILE: a\nx\nEND_FILE\nRUNN: make\n",
      good: "FILE: a\nx\nEND_FILE\nRUN: make\n"),
    Rule(
      "import-open", "A file or patch that is never ended.", .imported,
      bad: "FILE: a\nx\n", good: "FILE: a\nx\nEND_FILE\n"),
    Rule(
      "import-cannot", "What no manifest can say, such as the bytes of a binary diff.", .imported,
      bad: "diff --git a/x b/x\nindex 1..2 100644\nBinary files a/x and b/x differ\n",
      good: "--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n+b\n"),
  ]
}

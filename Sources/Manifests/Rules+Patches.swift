import YAMLTree

extension Rules {
  private static func patch(_ id: String, _ meaning: String, _ bad: String, _ good: String) -> Rule
  {
    func entry(_ patch: String) -> String {
      "- path: a.c\n  patch: |\n"
        + patch.split(separator: "\n", omittingEmptySubsequences: false)
        .map { $0.isEmpty ? "" : "    \($0)" }.joined(separator: "\n")
    }
    return Rule(id, meaning, bad: entry(bad), good: entry(good))
  }

  private static let hunk = "@@ -1 +1 @@\n-int a;\n+int b;\n"

  /// What a patch of one file may be.
  static let patches: [Rule] = [
    patch(
      "patch-line", "A line of a patch belongs to no part of it.",
      "Here is the patch:\n" + hunk, hunk),
    patch(
      "patch-hunk", "The header of a hunk cannot be read.",
      "@@ the main function @@\n-int a;\n+int b;\n", hunk),
    patch(
      "patch-count", "A hunk has not as many lines as its header says: it may be cut off.",
      "@@ -1,2 +1,2 @@\n-int a;\n+int b;\n", hunk),
    patch(
      "patch-context", "A change has no old line that its place could be found by.",
      "@@ -1,0 +2 @@\n+int b;\n", "@@ -1 +1,2 @@\n int a;\n+int b;\n"),
    patch(
      "patch-path", "A patch is for another file than its entry.",
      "--- a/b.c\n+++ b/b.c\n" + hunk, "--- a/a.c\n+++ b/a.c\n" + hunk),
    patch(
      "patch-files", "A patch is for several files, and its entry names one.",
      "diff --git a/a.c b/a.c\n" + hunk + "diff --git a/b.c b/b.c\n" + hunk,
      "diff --git a/a.c b/a.c\n" + hunk),
    patch(
      "patch-empty", "A patch changes nothing.", "--- a/a.c\n+++ b/a.c\n",
      "--- a/a.c\n+++ b/a.c\n" + hunk),
    patch(
      "patch-new", "A patch that makes a file has old lines.",
      "--- /dev/null\n+++ b/a.c\n@@ -1 +1 @@\n-int a;\n+int b;\n",
      "--- /dev/null\n+++ b/a.c\n@@ -0,0 +1 @@\n+int b;\n"),
    patch(
      "patch-deleted", "A patch that removes a file has new lines.",
      "--- a/a.c\n+++ /dev/null\n@@ -1 +1 @@\n-int a;\n+int b;\n",
      "--- a/a.c\n+++ /dev/null\n@@ -1 +0,0 @@\n-int a;\n"),
    patch(
      "patch-mode", "A patch sets a mode that files of a manifest do not have.",
      "diff --git a/a.c b/a.c\nnew file mode 160000\n",
      "diff --git a/a.c b/a.c\nold mode 100644\nnew mode 100755\n"),
    patch(
      "patch-binary", "A patch holds a binary file, which is no unified diff.",
      "diff --git a/a.c b/a.c\nindex 1..2 100644\nGIT binary patch\nliteral 1\nIc${Nk000310RR91\n",
      hunk),
    patch(
      "patch-end", "A '*** Begin Patch' envelope is not ended: it may be cut off.",
      "*** Begin Patch\n*** Update File: a.c\n-int a;\n+int b;\n",
      "*** Begin Patch\n*** Update File: a.c\n-int a;\n+int b;\n*** End Patch\n"),
  ]
}

/// One document, read.
public struct Document: Sendable {
  public let root: Node
  /// The text that the values point into: without byte order mark, with newlines only.
  public let source: SourceText
  /// True if the end mark `...` stands on a line of its own.
  public let isWhole: Bool
  /// How many comments stand in it, which no value holds.
  public let comments: Int

  /// Reads the one document of a text.
  ///
  /// Everything that is wrong with it is reported in one go. Nil where no tree could be made;
  /// a tree may also come with errors, and values that were reported are marked as faulty, so
  /// that whoever reads it can go on and say what else is wrong.
  public static func read(
    _ source: SourceText, limits: Limits = Limits(), into diagnostics: Diagnostics
  ) -> Document? {
    guard source.isWithin(limits, diagnostics) else { return nil }
    guard let (text, badLines) = CharacterRules.check(source, diagnostics),
      let outline = OutlineScanner.scan(text, badLines: badLines, limits, diagnostics)
    else { return nil }
    guard outline.hasContent else {
      guard !diagnostics.hasErrors else { return nil }
      diagnostics.error(
        "empty-document", "there is nothing in it", at: nil,
        hint: "`mtor new` writes a manifest to start from")
      return nil
    }
    guard let root = TreeBuilder.build(text, outline, limits, diagnostics) else { return nil }
    return Document(
      root: root, source: text, isWhole: outline.isWhole,
      comments: outline.commentLines + outline.comments.count)
  }
}

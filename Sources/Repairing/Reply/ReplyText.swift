/// What a reply proposes, before anything of it is judged.
public struct ReplyText: Hashable, Sendable {
  /// One line of a change of lines: what stays, what goes, what comes.
  public struct Block: Hashable, Sendable {
    /// Whole lines with their line ends.
    public var search: [UInt8]
    public var replace: [UInt8]
    /// True where more lines than one may be the divider between the two.
    public var isAmbiguous = false
    /// What it is then by each earlier of these lines, the later first.
    public var otherwise: [Block] = []
  }

  public enum Change: Hashable, Sendable {
    /// The whole file.
    case whole([UInt8])
    /// Blocks in order, each on the result of the one before.
    case blocks([Block])
    case delete
  }

  public struct Item: Hashable, Sendable {
    /// As the reply wrote it; nil where it named none.
    public var path: String?
    public var change: Change
    /// The word at a fence without a path that may as well hold commands or output, such as `bash`: it
    /// is a file only where nothing else is proposed and the file is of that kind.
    public var word: String? = nil
  }

  public var items: [Item] = []
  /// The text of a `BLOCKED:` line.
  public var blocked: String?
  /// The text of a `SURPRISE:` line, as it came.
  public var surprise: String?
  /// True if the line `END_REPAIR` stands.
  public var hasEnd = false
  /// What is not closed at the end of the text, such as a fence; nil where all is.
  public var unclosed: String?
  /// What is written in a notation but breaks it.
  public var faults: [String] = []

  public init() {}

  static let endLine = "END_REPAIR"
}

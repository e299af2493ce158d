import CYAML

/// One libyaml parser and the event it last produced; the only place with libyaml's pointers.
///
/// All that libyaml points to lives on the heap: the parser stores its own address and that of
/// its input inside itself, so a parser that Swift moved would read freed memory.
struct EventReader: ~Copyable {
  private let parser: UnsafeMutablePointer<yaml_parser_t>
  private let event: UnsafeMutablePointer<yaml_event_t>
  private let input: Unmanaged<PieceFeed>

  /// What one libyaml event says.
  enum Event {
    case streamStart, streamEnd, documentStart, documentEnd
    case alias
    case scalar(Scalar, properties: Properties)
    case sequenceStart(isFlow: Bool, properties: Properties)
    case mappingStart(isFlow: Bool, properties: Properties)
    case sequenceEnd, mappingEnd
  }

  /// What a manifest may not put before a value.
  struct Properties: OptionSet {
    let rawValue: UInt8
    static let anchor = Properties(rawValue: 1)
    static let tag = Properties(rawValue: 2)
  }

  /// Why libyaml could not go on, in its own words.
  struct Problem: Error {
    let text: String
    let mark: Mark
    /// What it was reading, such as `while parsing a block mapping`, and where that began.
    let context: String
    let contextMark: Mark?
  }

  init(_ feed: PieceFeed) throws(Problem) {
    parser = .allocate(capacity: 1)
    event = .allocate(capacity: 1)
    input = .passRetained(feed)
    parser.initialize(to: yaml_parser_t())
    event.initialize(to: yaml_event_t())
    guard yaml_parser_initialize(parser) == 1 else { throw Self.outOfMemory }
    yaml_parser_set_encoding(parser, YAML_UTF8_ENCODING)
    yaml_parser_set_input(
      parser,
      { context, buffer, capacity, length in
        guard let context, let buffer, let length else { return 0 }
        let feed = Unmanaged<PieceFeed>.fromOpaque(context).takeUnretainedValue()
        length.pointee = feed.read(
          into: UnsafeMutableRawBufferPointer(start: buffer, count: capacity))
        return 1
      }, input.toOpaque())
  }

  deinit {
    yaml_event_delete(event)
    yaml_parser_delete(parser)
    event.deallocate()
    parser.deallocate()
    input.release()
  }

  private static let outOfMemory = Problem(
    text: "out of memory", mark: Mark(line: 1, column: 1), context: "", contextMark: nil)

  /// The next event with its place in the text that libyaml was given.
  mutating func next() throws(Problem) -> (event: Event, start: Mark, end: Mark) {
    yaml_event_delete(event)
    guard yaml_parser_parse(parser, event) == 1 else { throw problem() }
    let start = Mark(event.pointee.start_mark)
    let end = Mark(event.pointee.end_mark)
    let data = event.pointee.data
    switch event.pointee.type {
    case YAML_STREAM_START_EVENT: return (.streamStart, start, end)
    case YAML_DOCUMENT_START_EVENT: return (.documentStart, start, end)
    case YAML_DOCUMENT_END_EVENT: return (.documentEnd, start, end)
    case YAML_ALIAS_EVENT: return (.alias, start, end)
    case YAML_SEQUENCE_END_EVENT: return (.sequenceEnd, start, end)
    case YAML_MAPPING_END_EVENT: return (.mappingEnd, start, end)
    case YAML_SCALAR_EVENT:
      // A scalar may hold NUL, so its length rules, not its terminator.
      let bytes = UnsafeBufferPointer<UInt8>(
        start: data.scalar.value, count: data.scalar.length)
      let scalar = Scalar(style: Node.Style(data.scalar.style), bytes: Text(bytes))
      let properties = Properties(anchor: data.scalar.anchor, tag: data.scalar.tag)
      return (.scalar(scalar, properties: properties), start, end)
    case YAML_SEQUENCE_START_EVENT:
      let properties = Properties(
        anchor: data.sequence_start.anchor, tag: data.sequence_start.tag)
      let isFlow = data.sequence_start.style == YAML_FLOW_SEQUENCE_STYLE
      return (.sequenceStart(isFlow: isFlow, properties: properties), start, end)
    case YAML_MAPPING_START_EVENT:
      let properties = Properties(anchor: data.mapping_start.anchor, tag: data.mapping_start.tag)
      let isFlow = data.mapping_start.style == YAML_FLOW_MAPPING_STYLE
      return (.mappingStart(isFlow: isFlow, properties: properties), start, end)
    default: return (.streamEnd, start, end)
    }
  }

  private borrowing func problem() -> Problem {
    let parser = parser.pointee
    guard parser.error != YAML_MEMORY_ERROR else { return Self.outOfMemory }
    return Problem(
      text: parser.problem.map { String(cString: $0) } ?? "",
      mark: Mark(parser.problem_mark),
      context: parser.context.map { String(cString: $0) } ?? "",
      contextMark: parser.context == nil ? nil : Mark(parser.context_mark))
  }
}

extension EventReader.Properties {
  fileprivate init(anchor: UnsafeMutablePointer<UInt8>?, tag: UnsafeMutablePointer<UInt8>?) {
    self = []
    if anchor != nil { insert(.anchor) }
    if tag != nil { insert(.tag) }
  }
}

extension Mark {
  fileprivate init(_ mark: yaml_mark_t) {
    self.init(line: Int(mark.line) + 1, column: Int(mark.column) + 1)
  }
}

extension Node.Style {
  fileprivate init(_ style: yaml_scalar_style_t) {
    switch style {
    case YAML_SINGLE_QUOTED_SCALAR_STYLE: self = .singleQuoted
    case YAML_DOUBLE_QUOTED_SCALAR_STYLE: self = .doubleQuoted
    case YAML_LITERAL_SCALAR_STYLE: self = .literal
    case YAML_FOLDED_SCALAR_STYLE: self = .folded
    default: self = .plain
    }
  }
}

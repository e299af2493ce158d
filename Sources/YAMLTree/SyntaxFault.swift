/// What libyaml could not read, in words that say what to do.
struct SyntaxFault {
  private let problem: EventReader.Problem
  private let outline: Outline

  init(_ problem: EventReader.Problem, _ outline: Outline) {
    self.problem = problem
    self.outline = outline
  }

  func report(to diagnostics: Diagnostics) {
    let (message, hint) = words
    var notes: [Diagnostic.Note] = []
    if let mark = problem.contextMark.map(outline.original), mark != place, let context {
      notes.append(Diagnostic.Note(context, at: mark))
    }
    diagnostics.error("syntax", message, at: place, notes: notes, hint: hint)
  }

  private var place: Mark { outline.original(problem.mark) }

  /// What libyaml was reading where it failed.
  private var context: String? {
    switch problem.context {
    case "while parsing a block mapping": "the mapping begins here"
    case "while parsing a block collection": "the list begins here"
    case "while parsing a flow mapping": "the '{' opens here"
    case "while parsing a flow sequence": "the '[' opens here"
    case "while scanning a simple key": "it begins here"
    default: nil
    }
  }

  private var words: (message: String, hint: String) {
    switch problem.text {
    case "mapping values are not allowed in this context":
      (
        "a key stands where none can",
        "indent it as the keys beside it; a text that contains ': ' is put in quotes"
      )
    case "did not find expected key":
      (
        "the indentation fits neither the mapping above nor one around it",
        "indent the line as the keys beside it"
      )
    case "did not find expected '-' indicator":
      (
        "the indentation fits neither the list above nor one around it",
        "begin each item with '- ' in one column"
      )
    case "did not find expected ',' or ']'":
      (
        "',' or ']' is expected here",
        "separate items by ','; put texts with ',' ':' or '#' in quotes"
      )
    case "did not find expected ',' or '}'":
      (
        "',' or '}' is expected here",
        "separate pairs by ','; put texts with ',' ':' or '#' in quotes"
      )
    case "could not find expected ':'":
      ("a ':' is expected after the key", "write 'key: value'")
    case "block sequence entries are not allowed in this context":
      ("a list item stands where none can", "begin the list on the line below its key")
    case "found character that cannot start any token":
      ("a text without quotes cannot begin with this character", "put the text in quotes")
    case "did not find expected node content",
      "did not find expected alphabetic or numeric character":
      ("a value is expected here", "put a text with special characters in quotes")
    default:
      ("this cannot be read (\(problem.text))", "put texts with special characters in quotes")
    }
  }
}

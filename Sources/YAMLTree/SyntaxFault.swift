/// What libyaml could not read, in words that help.
struct SyntaxFault {
  private let problem: EventReader.Problem
  private let outline: Outline

  init(_ problem: EventReader.Problem, _ outline: Outline) {
    self.problem = problem
    self.outline = outline
  }

  func report(to diagnostics: Diagnostics) {
    diagnostics.error(
      "syntax", problem.text, at: outline.original(problem.mark),
      notes: problem.contextMark.map { [.init(problem.context, at: outline.original($0))] } ?? [])
  }
}

/// Finds the patterns of `case … in a|b) …;; esac`, whose signs are none of the command's.
struct CasePatterns {
  private enum Place {
    /// Behind `case`, before `in`.
    case head
    /// Where a pattern is, or `esac`.
    case pattern
    /// In the commands of a pattern.
    case body
  }

  /// One for each `case` that is open.
  private var places: [Place] = []
  /// True where a command's name may stand.
  private var isAtStart = true

  /// True for a token of a `case` that belongs to no command; each token is asked for once.
  mutating func holds(_ token: ShellText.Token) -> Bool {
    let isSign = token.kind == .sign
    defer { isAtStart = isSign || ["then", "do", "else", "{"].contains(token.text) }
    switch places.last {
    case .head?:
      if token.text == "in" { places[places.count - 1] = .pattern }
      return false
    case .pattern?:
      if token.text == "esac" {
        places.removeLast()
        return false
      }
      if isSign, token.text == ")" {
        places[places.count - 1] = .body
        // It parts commands as a newline does.
        return false
      }
      return true
    case .body?, nil:
      if isSign, token.text == ";;", !places.isEmpty {
        places[places.count - 1] = .pattern
      } else if isAtStart, token.text == "esac", !places.isEmpty {
        places.removeLast()
      } else if isAtStart, token.text == "case" {
        places.append(.head)
      }
      return false
    }
  }
}

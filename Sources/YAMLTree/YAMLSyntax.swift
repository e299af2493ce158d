/// Whether bytes are YAML at all, whatever of it they use.
public enum YAMLSyntax {
  /// How deep collections may stand before nothing more is said: libyaml's time grows with the
  /// square of the depth.
  private static let depthLimit = 100

  /// The first thing that makes a text no YAML, by libyaml; nil where there is none, or where a
  /// text is nested too deep to be judged.
  public static func problem(in bytes: [UInt8]) -> (message: String, mark: Mark)? {
    do throws(EventReader.Problem) {
      var reader = try EventReader(PieceFeed(bytes, pieces: [.source(0..<bytes.count)]))
      var depth = 0
      while true {
        switch try reader.next().event {
        case .streamEnd: return nil
        case .sequenceStart, .mappingStart: depth += 1
        case .sequenceEnd, .mappingEnd: depth -= 1
        default: break
        }
        if depth > depthLimit { return nil }
      }
    } catch {
      return (error.text, error.mark)
    }
  }
}

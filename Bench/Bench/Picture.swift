import Glibc

/// The curves of `Scale` as a picture: both axes logarithmic, so that linear growth is a straight
/// line with the slope of the grey ones.
struct Picture {
  let curves: [Scale.Curve]

  private static let size = (width: 760.0, height: 420.0)
  private static let frame = (left: 70.0, top: 20.0, right: 560.0, bottom: 370.0)
  private static let colours = [
    "#1f77b4", "#d62728", "#2ca02c", "#9467bd", "#ff7f0e", "#17becf", "#8c564b",
  ]
  /// Powers of ten of the sizes, and of the CPU in milliseconds.
  private static let sizes = 1.0...6.0
  private static let times = 0.0...5.0

  var svg: String {
    let (width, height) = (Int(Self.size.width), Int(Self.size.height))
    var svg = """
      <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 \(width) \(height)" role="img"
        font-family="sans-serif" font-size="12">
      <title>CPU time against the size of the input, both logarithmic</title>
      <rect width="\(width)" height="\(height)" fill="#fff"/>

      """
    for power in stride(from: Self.sizes.lowerBound, through: Self.sizes.upperBound, by: 1) {
      let at = x(power)
      svg += line(at, Self.frame.top, at, Self.frame.bottom, "#eee")
      svg += label(at, Self.frame.bottom + 18, Self.power(power), "middle")
    }
    for power in stride(from: Self.times.lowerBound, through: Self.times.upperBound, by: 1) {
      let at = y(power)
      svg += line(Self.frame.left, at, Self.frame.right, at, "#eee")
      svg += label(Self.frame.left - 8, at + 4, Self.power(power) + " ms", "end")
      // What grows as the input does.
      let end = min(Self.sizes.upperBound, Self.times.upperBound + 1 - power)
      svg += line(x(1), at, x(end), y(power + end - 1), "#ddd")
    }
    for (index, curve) in curves.enumerated() {
      let colour = Self.colours[index % Self.colours.count]
      let points = curve.points.map { (x(log10(Double($0.size))), y(log10($0.cost.cpu * 1000))) }
      let path = points.map { "\(Self.rounded($0.0)),\(Self.rounded($0.1))" }
      svg += "<polyline points=\"\(path.joined(separator: " "))\" fill=\"none\" "
      svg += "stroke=\"\(colour)\" stroke-width=\"2\"/>\n"
      for (px, py) in points {
        svg += "<circle cx=\"\(Self.rounded(px))\" cy=\"\(Self.rounded(py))\" r=\"3\" "
        svg += "fill=\"\(colour)\"/>\n"
      }
      let at = Self.frame.top + 12 + Double(index) * 22
      svg += line(Self.frame.right + 16, at, Self.frame.right + 36, at, colour)
      svg += label(Self.frame.right + 42, at + 4, "\(curve.name), \(curve.unit)", "start")
    }
    return svg + "</svg>\n"
  }

  private func x(_ power: Double) -> Double {
    let (low, high) = (Self.sizes.lowerBound, Self.sizes.upperBound)
    return Self.frame.left + (power - low) / (high - low) * (Self.frame.right - Self.frame.left)
  }

  private func y(_ power: Double) -> Double {
    let (low, high) = (Self.times.lowerBound, Self.times.upperBound)
    let share = (min(max(power, low), high) - low) / (high - low)
    return Self.frame.bottom - share * (Self.frame.bottom - Self.frame.top)
  }

  private func line(_ x1: Double, _ y1: Double, _ x2: Double, _ y2: Double, _ colour: String)
    -> String
  {
    let numbers = [x1, y1, x2, y2].map(Self.rounded)
    return "<line x1=\"\(numbers[0])\" y1=\"\(numbers[1])\" x2=\"\(numbers[2])\" "
      + "y2=\"\(numbers[3])\" stroke=\"\(colour)\"/>\n"
  }

  private func label(_ x: Double, _ y: Double, _ text: String, _ anchor: String) -> String {
    "<text x=\"\(Self.rounded(x))\" y=\"\(Self.rounded(y))\" text-anchor=\"\(anchor)\">"
      + "\(text)</text>\n"
  }

  private static func rounded(_ value: Double) -> String { "\((value * 10).rounded() / 10)" }

  private static func power(_ value: Double) -> String {
    let zeros = Int(value)
    switch zeros {
    case ..<3: return "1" + String(repeating: "0", count: zeros)
    case ..<6: return "1" + String(repeating: "0", count: zeros - 3) + "k"
    default: return "1" + String(repeating: "0", count: zeros - 6) + "M"
    }
  }
}

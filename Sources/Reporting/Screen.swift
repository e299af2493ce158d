import Platform
import Synchronization

/// The console with its live line: permanent lines go above, the live line stays below.
///
/// The line is drawn by a tick, so what ends within a tick never flashes by. Every change of the
/// screen is one write: clear, text, and the line again.
final class Screen: Sendable {
  private struct State {
    var line: LiveLine?
    /// How many columns the drawn line took; nil while none is drawn.
    var drawn: Int?
    var ticker: Ticker?
  }

  let console: Console
  private let state = Mutex(State())

  init(_ console: Console) { self.console = console }

  /// Writes whole lines above the live line.
  func write(_ text: String) {
    state.withLock { state in
      let erase = erasure(&state)
      console.write(erase + text + (erase.isEmpty ? "" : drawing(&state)))
    }
  }

  /// Changes what the live line says from the next tick on; nil removes it.
  func show(_ change: (inout LiveLine?) -> Void) {
    guard console.isLive else { return }
    state.withLock { state in
      change(&state.line)
      if state.line == nil { console.write(erasure(&state)) }
      if state.line != nil && state.ticker == nil {
        state.ticker = Ticker(every: 100) { [weak self] in self?.tick() }
      }
    }
  }

  /// Removes the line and stops drawing.
  func close() {
    // Joined without the lock: the tick takes it.
    let ticker = state.withLock { state in
      state.line = nil
      console.write(erasure(&state))
      return state.ticker.take()
    }
    ticker?.stop()
  }

  private func tick() {
    state.withLock { state in
      guard state.line != nil else { return }
      // Over the old line and then to its end: erased first, it would flicker.
      let isFolded = state.drawn.map { $0 > console.width ?? 80 } ?? false
      let start = isFolded ? erasure(&state) : "\r"
      console.write(start + drawing(&state) + "\u{1B}[K")
    }
  }

  /// What takes the drawn line away. A terminal that became narrower has folded it.
  private func erasure(_ state: inout State) -> String {
    guard let drawn = state.drawn.take() else { return "" }
    let rows = (max(drawn, 1) - 1) / max(console.width ?? 80, 1)
    return rows > 0 ? "\r\u{1B}[\(rows)A\u{1B}[J" : "\r\u{1B}[K"
  }

  private func drawing(_ state: inout State) -> String {
    guard let line = state.line else { return "" }
    // The last column stays free, since a terminal wraps there, and room for its echo of ^C.
    let width = max(10, (console.width ?? 80) - 3)
    let (text, columns) = line.text(width: width, now: Clock.monotonic, console.style)
    state.drawn = columns
    // Unwrapped: a terminal that has become narrower may tell so only after some ticks, and each
    // of them would leave the rows of a folded line behind.
    return "\u{1B}[?7l\(text)\u{1B}[?7h"
  }
}

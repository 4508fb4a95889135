import TesseraTensors

/// The endless order in which a loader reads a data set: pass after pass, each with its own permutation.
///
/// Any stretch is computed without those before it, so an epoch can start anywhere.
struct SampleOrder: Sendable {
  /// One reading of a sample; (pass, index) never repeats.
  struct Draw: Sendable, Equatable {
    let pass: Int
    let index: Int
  }

  let count: Int
  let shuffles: Bool
  let random: RandomStream

  /// The draws at `positions` of the endless order.
  func draws(at positions: Range<Int>) -> [Draw] {
    var draws: [Draw] = []
    draws.reserveCapacity(positions.count)
    var position = positions.lowerBound
    while position < positions.upperBound {
      let (pass, first) = position.quotientAndRemainder(dividingBy: count)
      let last = min(count, first + positions.upperBound - position)
      if shuffles {
        var stream = random.derived("order", pass)
        let order = stream.permutation(of: count)
        for place in first..<last { draws.append(Draw(pass: pass, index: order[place])) }
      } else {
        for index in first..<last { draws.append(Draw(pass: pass, index: index)) }
      }
      position += last - first
    }
    return draws
  }
}

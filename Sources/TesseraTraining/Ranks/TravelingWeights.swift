import Synchronization
import TesseraAutograd
import TesseraTensors

/// New weights on their way from the ranks that own them to all others, while the next pass begins.
///
/// A parameter whose value is on its way is waited for by whoever asks for it. If the exchange fails, they get numbers
/// that are neither old nor new, as a pass cannot throw. Nothing can be exchanged from then on, so the run ends when
/// ranks next agree; what looks at weights before that calls ``settle()`` first.
final class TravelingWeights {
  private let parameters: [Parameter]
  private let division: ParameterDivision
  private let group: RankGroup
  private var arrivals: [Arrival] = []

  init(of parameters: [Parameter], divided division: ParameterDivision, in group: RankGroup) {
    (self.parameters, self.division, self.group) = (parameters, division, group)
  }

  /// Begins to send this rank's parts of some parameters, by their indices, to all others, and to receive theirs.
  func send(_ indices: [Int]) {
    arrivals.append(
      Arrival { arrival in
        let values = indices.map { parameters[$0].handOver(until: arrival.wait) }
        let memory = zip(indices, values).map { index, value in
          let whole = value.sharedMemory.assumingMemoryBound(to: Float.self)
          return DividedMemory(
            tensor: index, part: whole + division.range(of: index, for: group.rank).lowerBound, whole: whole)
        }
        let exchange = group.beginCollecting(memory, divided: division, at: Array(0..<group.rankCount))
        // A parameter may get another value before.
        exchange.keep(values)
        return exchange
      })
  }

  /// Waits until all have arrived.
  ///
  /// - Throws: why they cannot.
  func settle() throws {
    let exchanges = arrivals.compactMap(\.exchange)
    arrivals = []
    try group.finish(exchanges)
  }
}

/// An exchange that parameters know of before it begins.
private final class Arrival: Sendable {
  private let begun = Mutex<PendingExchange?>(nil)

  /// - Parameter begin: tells parameters of it, and begins; until it has, nobody gets past ``wait()``.
  init(_ begin: (Arrival) -> PendingExchange) { begun.withLock { $0 = begin(self) } }

  var exchange: PendingExchange? { begun.withLock { $0 } }

  func wait() { try? exchange?.wait() }
}

import TesseraAutograd
import TesseraLayers
import TesseraNetworks

/// The batches of a step as one, for batch normalization: each rank learns the sums of all of them.
///
/// A pass cannot fail. If an exchange does, it goes on with this rank's numbers, and whoever asked for the pass looks
/// at ``failure``.
final class SharedBatch: BatchSharing {
  private let group: RankGroup
  /// Those that have a batch.
  private let ranks: [Int]
  private(set) var failure: (any Error)?

  init(of ranks: [Int], in group: RankGroup) { (self.ranks, self.group) = (ranks, group) }

  var isFirst: Bool { ranks.first == group.rank }

  func gathered(_ own: [Double]) -> [[Double]] {
    if failure != nil || ranks == [group.rank] { return ranks.map { _ in own } }
    let count = own.count
    var all = ranks.flatMap { _ in own }
    do {
      try all.withUnsafeMutableBytes { bytes in
        let length = count * MemoryLayout<Double>.stride
        guard let start = bytes.baseAddress, let place = ranks.firstIndex(of: group.rank) else { return }
        func piece(_ place: Int, _ rank: Int) -> ExchangePiece {
          ExchangePiece(rank: rank, start: start + place * length, byteCount: length)
        }
        let others = ranks.enumerated().filter { $0.element != group.rank }
        try group.exchange(
          sending: others.map { piece(place, $0.element) }, receiving: others.map { piece($0.offset, $0.element) })
      }
    } catch {
      failure = error
    }
    return ranks.indices.map { Array(all[$0 * count..<($0 + 1) * count]) }
  }

  /// What each rank's mean loss is multiplied by, so that the gradients add up to that of the joined batch, and what
  /// they are added with; both 0 where there is no batch, or nothing to learn from any.
  ///
  /// - Parameter weights: of all ranks' mean losses.
  func shares(_ weights: [Double]) -> [(factor: Float, weight: Double)] {
    let total = weights.reduce(0, +)
    return weights.enumerated().map { rank, weight in
      total > 0 && ranks.contains(rank) ? (Float(weight * Double(ranks.count) / total), 1) : (0, 0)
    }
  }
}

extension SegmentationModel {
  /// Checks that ranks can synchronize its batch normalization.
  ///
  /// - Throws: `RankError`.
  package func requireSynchronizable(batches: Int, ranks: Int) throws {
    guard ranks > 1 && batches == ranks else { throw RankError.notSynchronizable(batches: batches, ranks: ranks) }
    guard namedModules.contains(where: { $0.module is BatchNorm }) else { throw RankError.nothingToSynchronize }
  }
}

import Foundation

/// The ranks of a run, as a trainer talks to them: messages of any length, and decisions that all take together.
///
/// Whatever can fail on one rank alone is followed by ``agree(on:)``, so that all ranks fail together, or none.
package final class RankGroup: GradientExchange, @unchecked Sendable {
  private let exchange: any GradientExchange
  // Used by the thread that trains only.
  /// Whether nothing can be exchanged anymore.
  package private(set) var isBroken = false
  /// Whether the other ranks know how this one ends.
  private(set) var isOver = false

  /// Whether machines whose bits differ may train together; rank 0's word counts.
  let allowsMixedMachines: Bool

  /// The elements that a bucket of gradients has at least.
  let bucketLength: Int

  /// What was exchanged since somebody took it, and the exchanges whose time is not yet in it.
  private var traffic = RankTraffic()
  private var times: [ClosedRange<ContinuousClock.Instant>] = []

  /// - Parameter bucketLength: the elements of gradients that are sent together at least; 8 MB.
  package init(
    _ exchange: any GradientExchange, allowingMixedMachines: Bool = false, bucketing bucketLength: Int = 1 << 21
  ) {
    self.exchange = exchange
    allowsMixedMachines = allowingMixedMachines
    self.bucketLength = bucketLength
  }

  package var rank: Int { exchange.rank }
  package var rankCount: Int { exchange.rankCount }
  /// Whether this is a run of one process.
  package var isAlone: Bool { rankCount == 1 }
  /// Whether this process has the run's files.
  package var isLeader: Bool { rank == 0 }
  /// All ranks but this one.
  var others: [Int] { (0..<rankCount).filter { $0 != rank } }

  package func begin(sending: [ExchangePiece], receiving: [ExchangePiece]) -> PendingExchange {
    traffic.bytesSent += sending.reduce(0) { $0 + $1.byteCount }
    return exchange.begin(sending: sending, receiving: receiving)
  }

  /// Exchanges, and waits for the end.
  func exchange(sending: [ExchangePiece], receiving: [ExchangePiece]) throws {
    try finish([begin(sending: sending, receiving: receiving)])
  }

  /// Waits for exchanges.
  func finish(_ pending: [PendingExchange]) throws {
    do {
      for exchange in pending {
        defer { traffic.waiting += exchange.waited }
        try exchange.wait()
        times.append(exchange.time)
      }
    } catch {
      isBroken = true
      throw error
    }
  }

  /// What was exchanged since the last time.
  func takeTraffic() -> RankTraffic {
    var end: ContinuousClock.Instant?
    for time in times.sorted(by: { $0.lowerBound < $1.lowerBound }) where time.upperBound > end ?? time.lowerBound {
      traffic.exchanging += time.upperBound - max(time.lowerBound, end ?? time.lowerBound)
      end = time.upperBound
    }
    defer { (traffic, times) = (RankTraffic(), []) }
    return traffic
  }

  /// A run begins, or one has ended, as all ranks know: none is told about what goes wrong here afterwards.
  func setOver(_ isOver: Bool) { self.isOver = isOver }

  // MARK: - Messages

  /// What is sent before lengths are known: most messages fit.
  private static let frame = 2048
  private static let header = MemoryLayout<UInt64>.size

  /// Gives every rank this rank's message.
  ///
  /// - Returns: the messages of all ranks, in their order.
  package func messages(_ own: [UInt8]) throws -> [[UInt8]] {
    if isAlone { return [own] }
    let (frame, header) = (Self.frame, Self.header)
    let capacity = frame - header
    var frames = [UInt8](repeating: 0, count: frame * rankCount)
    try frames.withUnsafeMutableBytes { frames in
      let mine = UnsafeMutableRawBufferPointer(rebasing: frames[rank * frame..<(rank + 1) * frame])
      mine.storeBytes(of: UInt64(own.count), as: UInt64.self)
      UnsafeMutableRawBufferPointer(rebasing: mine[header...]).copyBytes(from: own.prefix(capacity))
      try exchange(
        sending: others.map { Self.piece(mine, of: $0) },
        receiving: others.map {
          Self.piece(UnsafeMutableRawBufferPointer(rebasing: frames[$0 * frame..<($0 + 1) * frame]), of: $0)
        })
    }
    let lengths = (0..<rankCount).map { rank in
      frames.withUnsafeBytes { Int($0.loadUnaligned(fromByteOffset: rank * frame, as: UInt64.self)) }
    }
    // The rest of long ones.
    let rests = lengths.map { max(0, $0 - capacity) }
    let starts = rests.indices.map { rests[..<$0].reduce(0, +) }
    let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: rests.reduce(0, +), alignment: 16)
    defer { memory.deallocate() }
    func rest(of rank: Int) -> UnsafeMutableRawBufferPointer {
      UnsafeMutableRawBufferPointer(rebasing: memory[starts[rank]..<starts[rank] + rests[rank]])
    }
    if !memory.isEmpty {
      rest(of: rank).copyBytes(from: own.dropFirst(capacity))
      try exchange(
        sending: rests[rank] == 0 ? [] : others.map { Self.piece(rest(of: rank), of: $0) },
        receiving: others.filter { rests[$0] > 0 }.map { Self.piece(rest(of: $0), of: $0) })
    }
    return lengths.enumerated().map { rank, length in
      let start = rank * frame + header
      return frames[start..<start + min(length, capacity)] + Array(rest(of: rank))
    }
  }

  private static func piece(_ bytes: UnsafeMutableRawBufferPointer, of rank: Int) -> ExchangePiece {
    guard let start = bytes.baseAddress else { preconditionFailure("RankGroup: an empty piece") }
    return ExchangePiece(rank: rank, start: start, byteCount: bytes.count)
  }
}

/// What a rank exchanges in some time.
struct RankTraffic {
  /// To all other ranks.
  var bytesSent = 0
  /// In which the thread that trains did nothing else.
  var waiting = Duration.zero
  /// In which something was underway, waiting included.
  var exchanging = Duration.zero

  mutating func add(_ other: RankTraffic) {
    bytesSent += other.bytesSent
    waiting += other.waiting
    exchanging += other.exchanging
  }
}

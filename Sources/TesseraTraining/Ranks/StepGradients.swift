import TesseraAutograd
import TesseraKernels
import TesseraOptimizers
import TesseraTensors

/// The gradients of a step, added up over all its batches in their order, whichever ranks they are on.
///
/// Each rank adds up its own part: in each round every rank has computed one batch, and gives each other rank its part
/// of the gradients. Addition is that of `GradientSum` in the order of the batches, so the bits are those of one
/// process.
struct StepGradients {
  private let group: RankGroup
  private let parameters: [Parameter]
  private let division: ParameterDivision
  private let places: [ObjectIdentifier: Int]
  /// The bucket of each parameter.
  private let bucketOf: [Int]
  /// One for each bucket.
  private var sums: [GradientSum]
  /// Which parameters had a gradient on any rank.
  private var found: [Bool]

  init(of parameters: [Parameter], divided division: ParameterDivision, in group: RankGroup) {
    (self.group, self.parameters, self.division) = (group, parameters, division)
    places = Dictionary(uniqueKeysWithValues: parameters.enumerated().map { (ObjectIdentifier($1), $0) })
    var bucketOf = parameters.map { _ in 0 }
    for (number, bucket) in division.buckets.enumerated() { for index in bucket { bucketOf[index] = number } }
    self.bucketOf = bucketOf
    sums = division.buckets.map { _ in GradientSum() }
    found = parameters.map { _ in false }
  }

  /// The weights of all batches together.
  var weight: Double { sums.first?.weight ?? 0 }

  /// Walks back through this rank's batch, and adds what all ranks find in the round.
  ///
  /// Gradients are exchanged while the layers before them are still to come.
  /// - Parameters:
  ///   - pass: of this rank's batch; `nil` if it has none.
  ///   - weights: of all ranks' batches, 0 where there are no gradients.
  ///   - shared: the batches as one, where batch normalization sees them so.
  mutating func add(_ pass: TrainingPass?, weights: [Double], sharing shared: SharedBatch?) throws {
    let shares = shared?.shares(weights)
    let weights = shares?.map(\.weight) ?? weights
    if group.isAlone {
      if let own = pass?.gradients() { sums[0].add(own, weight: weights[0]) }
      return
    }
    var underway = Underway(parameters, division, group, weights)
    var missing = division.buckets.map(\.count)
    // Where there is nothing to learn from all batches together, nobody walks back.
    let factor = shares?[group.rank].factor
    let own = (weights[group.rank] > 0 ? pass : nil)?.gradients(times: factor) { parameter, gradient in
      guard let index = places[ObjectIdentifier(parameter)] else { return }
      underway.own[parameter] = gradient
      underway.found[index] = true
      missing[bucketOf[index]] -= 1
      while underway.next < missing.count, missing[underway.next] == 0 { underway.begin(&sums) }
    }
    if own != nil {
      // Where a batch has no gradient, a sum of others stays what it is, zeros with their signs included.
      for parameter in parameters where underway.own[parameter] == nil {
        underway.own[parameter] = Tensor(repeating: -0.0, shape: parameter.shape)
      }
    }
    while underway.next < missing.count { underway.begin(&sums) }
    try underway.finish(&sums)
    for index in found.indices where underway.found[index] { found[index] = true }
    if let failure = shared?.failure { throw failure }
  }

  /// The mean over all batches: of each parameter this rank's part, as a vector, if there are others; and the norm of
  /// all parts together, if it is wanted.
  func mean(withNorm wantsNorm: Bool) throws -> (gradients: Gradients, norm: Double?) {
    if group.isAlone {
      let mean = sums[0].mean
      return (mean, wantsNorm ? mean.norm(over: parameters) : nil)
    }
    var gradients = Gradients()
    for (bucket, sum) in zip(division.buckets, sums) {
      let mean = sum.mean
      for index in bucket where found[index] { gradients[parameters[index]] = mean[parameters[index]] }
    }
    guard wantsNorm else { return (gradients, nil) }
    // As `Gradients.norm` adds: block by block within a parameter, then parameter by parameter.
    let blocks = try group.agree(on: .success(parameters.map { gradients[$0]?.blockSumsOfSquares() ?? [] }))
    let squares = parameters.indices.map { index in
      division.owners(of: index).flatMap { blocks[$0][index] }.reduce(0, +)
    }
    return (gradients, squares.reduce(0, +).squareRoot())
  }
}

/// The buckets of a round that are being exchanged.
private struct Underway {
  /// This rank's gradients so far.
  var own = Gradients()
  /// Which parameters have a gradient here, and which elsewhere as far as that has arrived.
  var found: [Bool]
  /// The bucket that is exchanged next.
  private(set) var next = 0
  private let parameters: [Parameter]
  private let division: ParameterDivision
  private let group: RankGroup
  private let weights: [Double]
  private var exchanges: [(bucket: Int, exchange: BucketExchange)] = []
  private var failure: (any Error)?

  /// The number of buckets that are underway at the same time, which bounds the memory for what arrives.
  private static let most = 4

  init(_ parameters: [Parameter], _ division: ParameterDivision, _ group: RankGroup, _ weights: [Double]) {
    (self.parameters, self.division, self.group, self.weights) = (parameters, division, group, weights)
    found = parameters.map { _ in false }
  }

  /// Begins with the next bucket; if too many are underway, after the first of them.
  mutating func begin(_ sums: inout [GradientSum]) {
    if exchanges.count == Self.most { finishFirst(&sums) }
    let exchange = BucketExchange(division.buckets[next], of: own, found, weights, parameters, division, group)
    exchanges.append((next, exchange))
    next += 1
  }

  /// Waits for all of them.
  mutating func finish(_ sums: inout [GradientSum]) throws {
    while !exchanges.isEmpty { finishFirst(&sums) }
    if let failure { throw failure }
  }

  private mutating func finishFirst(_ sums: inout [GradientSum]) {
    let (bucket, exchange) = exchanges.removeFirst()
    do {
      try group.finish([exchange.pending])
    } catch {
      failure = failure ?? error
      return
    }
    for (rank, weight) in weights.enumerated() where weight > 0 {
      for index in exchange.found(by: rank) { found[index] = true }
      sums[bucket].add(exchange.gradients(of: rank), weight: weight)
    }
  }
}

/// The exchange of a bucket of gradients among all ranks.
private struct BucketExchange {
  private let parameters: [Parameter]
  private let division: ParameterDivision
  private let bucket: [Int]
  private let rank: Int
  /// This rank's gradients, whole; sent from where they are.
  private let own: Gradients
  /// By rank, the gradients of this rank's parts of the bucket's parameters.
  private let arrived: [Gradients]
  /// By rank, for each of the bucket's parameters whether there is a gradient: 1 or 0.
  private let flags: [Tensor]
  let pending: PendingExchange

  init(
    _ bucket: [Int], of own: Gradients, _ found: [Bool], _ weights: [Double], _ parameters: [Parameter],
    _ division: ParameterDivision, _ group: RankGroup
  ) {
    (self.bucket, self.own, self.parameters, self.division, rank) = (bucket, own, parameters, division, group.rank)
    var (sending, receiving): ([ExchangePiece], [ExchangePiece]) = ([], [])
    let stride = MemoryLayout<Float>.stride
    var flags = weights.map { _ in Tensor(bucket.map { found[$0] ? 1 : 0 }) }
    // A piece has memory.
    for other in group.others where !bucket.isEmpty {
      func piece(_ flags: inout Tensor) -> ExchangePiece {
        ExchangePiece(rank: other, start: flags.memoryForExchange, byteCount: bucket.count * stride)
      }
      if weights[group.rank] > 0 { sending.append(piece(&flags[group.rank])) }
      if weights[other] > 0 { receiving.append(piece(&flags[other])) }
    }
    for index in bucket where weights[group.rank] > 0 {
      guard let gradient = own[parameters[index]] else { continue }
      let start = gradient.sharedMemory
      for other in group.others {
        let range = division.range(of: index, for: other)
        if range.isEmpty { continue }
        sending.append(
          ExchangePiece(rank: other, start: start + range.lowerBound * stride, byteCount: range.count * stride))
      }
    }
    var arrived = weights.map { _ in Gradients() }
    for other in group.others where weights[other] > 0 {
      for index in bucket {
        let count = division.range(of: index, for: group.rank).count
        var part = Tensor(shape: [count]) { _ in }
        if count > 0 {
          receiving.append(
            ExchangePiece(rank: other, start: part.memoryForExchange, byteCount: count * stride))
        }
        arrived[other][parameters[index]] = part
      }
    }
    (self.arrived, self.flags) = (arrived, flags)
    pending = group.begin(sending: sending, receiving: receiving)
  }

  /// The bucket's parameters of which a rank has a gradient, once everything has arrived.
  func found(by rank: Int) -> [Int] { zip(bucket, flags[rank].scalars).filter { $1 > 0 }.map(\.0) }

  /// A rank's gradients of this rank's parts, once everything has arrived.
  func gradients(of rank: Int) -> Gradients {
    guard rank == self.rank else { return arrived[rank] }
    var parts = Gradients()
    for index in bucket {
      parts[parameters[index]] = own[parameters[index]]?.part(division.range(of: index, for: rank))
    }
    return parts
  }
}

extension Tensor {
  /// The elements, in memory that others may share: for reading only, if they do not wait. See ``memoryForExchange``.
  var sharedMemory: UnsafeMutableRawPointer {
    withUnsafeBufferPointer { elements in
      guard let start = elements.baseAddress else { preconditionFailure("Tensor: no memory") }
      return UnsafeMutableRawPointer(mutating: start)
    }
  }
}

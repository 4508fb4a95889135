import TesseraTensors
import Testing

@Suite struct PreparedTensorsTests {
  /// Asks for `source` doubled; counts in `made` how often it had to be computed for that.
  private func doubled(_ source: Tensor, in prepared: PreparedTensors, made: inout Int) -> Tensor? {
    prepared.tensor(from: [source], for: "doubled") {
      made += 1
      return Tensor(source.scalars.map { 2 * $0 }, shape: source.shape)
    }
  }

  @Test func whatIsAskedForTwiceIsKept() {
    let prepared = PreparedTensors()
    let source = Tensor([1, 2, 3])
    var made = 0
    #expect(doubled(source, in: prepared, made: &made) == nil)
    #expect(made == 0 && prepared.count == 0)
    for _ in 0..<3 {
      #expect(doubled(source, in: prepared, made: &made)?.scalars == [2, 4, 6])
      #expect(made == 1 && prepared.count == 1)
    }
  }

  @Test func purposeDetailsShapeAndOrderOfSourcesAreToldApart() {
    let prepared = PreparedTensors()
    let (a, b) = (Tensor([1, 2, 3, 4]), Tensor([5, 6, 7, 8]))
    let requests: [(sources: [Tensor], purpose: String, details: [Int])] = [
      ([a], "one", []), ([a], "other", []), ([a], "one", [1]), ([a], "one", [2]), ([a], "one", [1, 2]),
      ([b], "one", []),
      ([a.reshaped(to: [2, 2])], "one", []), ([a, b], "one", []), ([b, a], "one", []),
    ]
    for round in 0..<3 {
      for (index, request) in requests.enumerated() {
        let found = prepared.tensor(from: request.sources, for: request.purpose, request.details) {
          Tensor(Float(index))
        }
        #expect(found?.item == (round == 0 ? nil : Float(index)))
      }
    }
    #expect(prepared.count == requests.count && prepared.sourceCount == 2)
  }

  @Test func aWriteToASourceIsSeen() {
    let prepared = PreparedTensors()
    var source = Tensor([1, 2, 3])
    var made = 0
    for value in [Float](arrayLiteral: 1, 10, 20) {
      source[0] = value
      #expect(doubled(source, in: prepared, made: &made) == nil)
      #expect(doubled(source, in: prepared, made: &made)?.scalars == [2 * value, 4, 6])
      #expect(prepared.count == 1 && prepared.sourceCount == 1, "what followed from the old one is gone")
    }
    #expect(made == 3)
  }

  @Test func aSourceThatAnotherHoldsStays() {
    let prepared = PreparedTensors()
    var source = Tensor([1, 2, 3])
    let copy = source
    var made = 0
    _ = doubled(source, in: prepared, made: &made)
    _ = doubled(source, in: prepared, made: &made)
    source[0] = 5
    #expect(doubled(source, in: prepared, made: &made) == nil)
    #expect(doubled(copy, in: prepared, made: &made)?.scalars == [2, 4, 6])
    #expect(made == 1 && prepared.sourceCount == 2)
  }

  @Test func aSourceThatOnlyOthersOfTheKindHoldGoes() {
    let several = (0..<3).map { _ in PreparedTensors() }
    var source = Tensor([1, 2, 3])
    var made = 0
    for round in 1...5 {
      source[0] = Float(round)
      for prepared in several {
        for _ in 0..<2 { _ = doubled(source, in: prepared, made: &made) }
        #expect(prepared.count == 1 && prepared.sourceCount == 1)
      }
    }
    #expect(made == 15)
  }

  @Test func whatFollowsFromSomethingKeptGoesWithIt() {
    let prepared = PreparedTensors()
    var source = Tensor([1, 2, 3])
    var made = 0
    func request() -> Tensor? {
      guard let first = doubled(source, in: prepared, made: &made) else { return nil }
      return doubled(first, in: prepared, made: &made)
    }
    #expect(request() == nil && request() == nil)
    #expect(request()?.scalars == [4, 8, 12])
    #expect(prepared.count == 2 && prepared.sourceCount == 2 && made == 2)
    source[0] = 7
    #expect(request() == nil)
    #expect(prepared.count == 0 && prepared.sourceCount == 1)
    #expect(request() == nil)
    #expect(request()?.scalars == [28, 8, 12])
  }

  @Test func sourcesThatChangeManyTimesDoNotPileUp() {
    let pool = BufferPool()
    let bytes = 40_000
    ComputeContext.$current.withValue(ComputeContext(threads: 1, pool: pool)) {
      let prepared = PreparedTensors()
      var sources = (0..<3).map { _ in Tensor.zeros([bytes / 4]) }
      var made = 0
      for round in 1...50 {
        for index in sources.indices { sources[index][0] = Float(round) }
        for _ in 0..<2 { for source in sources { _ = doubled(source, in: prepared, made: &made) } }
        #expect(prepared.count == 3 && prepared.sourceCount == 3)
      }
      #expect(made == 150)
      // Three sources and what follows from them, twice at the moment of the change.
      withExtendedLifetime((sources, prepared)) { #expect(pool.statistics.peak < 13 * bytes) }
    }
    #expect(pool.statistics.live == 0)
  }

  @Test func manyTasksGetTheSame() async {
    let prepared = PreparedTensors()
    let sources = (0..<5).map { Tensor(repeating: Float($0), shape: [100]) }
    await withTaskGroup(of: Bool.self) { group in
      for task in 0..<8 {
        group.addTask {
          (0..<300).allSatisfy { round in
            let value = Float((task + round) % 5)
            // Its own copy now and then, which others must not find.
            var source = sources[Int(value)]
            let isChanged = round % 7 == 0
            if isChanged { source[0] = 100 }
            let found = prepared.tensor(from: [source], for: "negative") { Tensor(source.scalars.map { -$0 }) }
            guard let found else { return true }
            return found[0] == (isChanged ? -100 : -value) && found[99] == -value
          }
        }
      }
      for await isRight in group { #expect(isRight) }
    }
    for source in sources {
      #expect(prepared.tensor(from: [source], for: "negative") { Tensor(1) } != Tensor(1), "kept by then")
    }
  }
}

import Benchmark

extension Benchmark {
  /// Declares the benchmark of a call on what `setup` made beforehand.
  ///
  /// - Parameters:
  ///   - multiplyAdds: of one call; each counts as two operations of the GFLOP/s that are then reported. `nil` where
  ///     arithmetic is not what the call spends its time on: then calls per second are reported.
  ///   - setup: makes the operands; not timed.
  ///   - call: what is timed.
  static func kernel<Operands, Result>(
    _ name: String, multiplyAdds: Int? = nil, on setup: @escaping () -> Operands,
    call: @escaping (Operands) -> Result
  ) {
    kernel(name, multiplyAdds: multiplyAdds, on: setup, preparing: { $0 }, call: call)
  }

  /// Declares the benchmark of a call that uses up its input, so that `prepare` makes a new one for each.
  ///
  /// - Parameter prepare: not timed either.
  static func kernel<Operands, Input, Result>(
    _ name: String, multiplyAdds: Int? = nil, on setup: @escaping () -> Operands,
    preparing prepare: @escaping (Operands) -> Input, call: @escaping (Input) -> Result
  ) {
    let rate = BenchmarkMetric.custom("GFLOP/s", polarity: .prefersLarger, useScalingFactor: false)
    var configuration = defaultConfiguration
    if multiplyAdds != nil { configuration.metrics = [.wallClock, rate] }
    Benchmark(
      name, configuration: configuration,
      closure: { benchmark, operands in
        let input = prepare(operands)
        let clock = ContinuousClock()
        benchmark.startMeasurement()
        let start = clock.now
        blackHole(call(input))
        let seconds = (clock.now - start) / .seconds(1)
        benchmark.stopMeasurement()
        if let multiplyAdds {
          benchmark.measurement(rate, Int((2e-9 * Double(multiplyAdds) / seconds).rounded()))
        }
      },
      setup: setup)
  }
}

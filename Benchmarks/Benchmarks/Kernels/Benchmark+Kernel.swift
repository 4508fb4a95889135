import Benchmark

extension Benchmark {
  /// Declares the benchmark of a call on operands that `setup` makes.
  ///
  /// - Parameters:
  ///   - multiplyAdds: The multiply-adds of one call, each counted as two operations of the reported GFLOP/s. `nil` if
  ///     arithmetic is not what the call spends its time on: then calls per second are reported.
  ///   - setup: Makes the operands; not timed.
  ///   - call: The timed call.
  static func kernel<Operands, Result>(
    _ name: String, multiplyAdds: Int? = nil, on setup: @escaping () -> Operands,
    call: @escaping (Operands) -> Result
  ) {
    kernel(name, multiplyAdds: multiplyAdds, on: setup, preparing: { $0 }, call: call)
  }

  /// Declares the benchmark of a call that uses up its input, which `prepare` makes anew for each call.
  ///
  /// - Parameter prepare: Makes the input of one call; not timed either.
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

import ArgumentParser
import Foundation
import Tessera

/// Times what a server's clients would wait for: tasks that share one predictor, each with one request after the other.
struct BenchServingCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bench-serving", abstract: "Time tasks that share one predictor, as those of a server do.")

  @OptionGroup var network: TimedNetworkOptions

  @Option(help: ArgumentHelp("Tasks that send requests.", valueName: "n"))
  var tasks = 8

  @Option(help: ArgumentHelp("Predictions that compute at a time, at most.", valueName: "n"))
  var sideBySide = 1

  @Option(help: ArgumentHelp("Requests of each task, after two to warm up.", valueName: "n"))
  var requests = 10

  @Option(help: ArgumentHelp("Threads. Default: all processors that it may use.", valueName: "n"))
  var threads: Int?

  func validate() throws {
    try requireOption("--tasks", tasks, in: 1...1024)
    try requireOption("--side-by-side", sideBySide, in: 1...1024)
    try requireOption("--requests", requests, in: 1...1_000_000)
    try requireOption("--threads", threads ?? 1, in: 1...1024)
  }

  func run() async throws {
    let context = threads.map { ComputeContext(threads: $0) } ?? ComputeContext()
    try await ComputeContext.$current.withValue(context) {
      let timed = try network.load()
      let (model, size) = (timed.model, timed.imageSize)
      let predictor = Predictor(model: model, labelSpace: timed.labelSpace, imageSize: size, sideBySide: sideBySide)
      // Of as many channels as the network takes.
      var random = RandomStream(seed: 1)
      let picture = Pixels(
        Tensor(shape: [size.height, size.width, model.normalization.channels]) {
          for index in $0.indices { $0[index] = random.uniform(in: 0..<255) }
        })
      for _ in 0..<2 { _ = try await predictor.queuedMask(for: picture) }
      let start = ContinuousClock.now
      let sorted = try await withThrowingTaskGroup(of: [Double].self) { [requests, tasks] group in
        for _ in 0..<tasks {
          group.addTask {
            var latencies: [Double] = []
            for _ in 0..<requests {
              let begin = ContinuousClock.now
              _ = try await predictor.queuedMask(for: picture)
              latencies.append((ContinuousClock.now - begin) / .seconds(1))
            }
            return latencies
          }
        }
        return try await group.reduce(into: []) { $0 += $1 }.sorted()
      }
      let elapsed = ContinuousClock.now - start
      print(
        "\(model.configuration.name)\(network.source), \(size), \(counted(tasks, "task")), "
          + "\(sideBySide) side by side, \(counted(context.threads, "thread")): "
          + String(
            format: "%.2f requests per second, latency median %.3f s, longest %.3f s, peak %.0f MB",
            Double(sorted.count) / (elapsed / .seconds(1)), sorted[sorted.count / 2], sorted.last ?? 0,
            ResourceUsage.current.peakMegabytes))
    }
  }
}

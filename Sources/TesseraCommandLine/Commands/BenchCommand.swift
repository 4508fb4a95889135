import ArgumentParser
import Foundation
import Tessera

/// Times a training step or an inference pass, as the other systems' timing scripts do: two warm-up runs, then the
/// median. Counts what a run asks of the system: page faults, and requests that the buffer pool could not serve. The line
/// of JSON names the kernels that ran, without which a figure says little.
struct BenchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bench", abstract: "Time a training step (forward, loss, backward, Adam) or inference.")

  enum Mode: String, ExpressibleByArgument, CaseIterable { case train, inference }

  @Option(help: "\(NetworkName.choices).")
  var model: NetworkName

  @Option(help: "train or inference.")
  var mode: Mode

  @Option(help: ArgumentHelp("Pictures per pass. Default: 5 in training, 1 in inference.", valueName: "n"))
  var batch: Int?

  @Option(help: ArgumentHelp("The size of the pictures, such as 128 or 480x360.", valueName: "size"))
  var size: ImageSize = 128

  @Option(help: ArgumentHelp("Threads. Default: all processors that it may use.", valueName: "n"))
  var threads: Int?

  @Option(help: ArgumentHelp("Classes with void; ADE20K has 151.", valueName: "n"))
  var classes = 151

  @Option(help: ArgumentHelp("Timed runs.", valueName: "n"))
  var runs = 7

  @Flag(help: "Print one line of JSON.")
  var json = false

  @OptionGroup var options: NetworkOptions

  func validate() throws {
    try requireOption("--classes", classes, in: 2...4096)
    let network = try options.configuration(of: model, classes: classes)
    try requireOption("--runs", runs, in: 1...1_000_000)
    try requireOption("--batch", batch ?? 1, in: 1...16_384)
    try requireOption("--threads", threads ?? 1, in: 1...1024)
    try network.checkImageSize(size, option: "--size")
    try requirePixels("--batch", batch ?? 1, "--size", size)
  }

  func run() throws {
    let network = try options.configuration(of: model, classes: classes).makeModel()
    network.makeParameters()
    let batch = batch ?? (mode == .train ? 5 : 1)
    let context = threads.map { ComputeContext(threads: $0) } ?? ComputeContext()
    let pass = mode == .train ? trainingStep(network, batch) : inference(network, batch)
    let samples = ComputeContext.$current.withValue(context) {
      for _ in 0..<2 { pass() }
      return (0..<runs).map { _ in Sample(of: pass, pool: context.pool) }
    }
    let seconds = samples.map(\.seconds)
    let line = Line(
      network: model.name, mode: mode.rawValue, batch: batch, size: size, classes: classes, threads: context.threads,
      instructionSet: instructionSet, matrixKernels: matrixKernels,
      medianSeconds: seconds.median ?? 0, minSeconds: seconds.min() ?? 0,
      peakMegabytes: ResourceUsage.current.peakMegabytes,
      pageFaultsPerRun: samples.map { Double($0.pageFaults) }.median ?? 0,
      poolMissesPerRun: samples.map { Double($0.poolMisses) }.median ?? 0)
    if json {
      let encoder = JSONEncoder()
      encoder.outputFormatting = .sortedKeys
      print(String(decoding: try encoder.encode(line), as: UTF8.self))
    } else {
      print(
        "\(line.network) \(line.mode), batch \(batch), \(size), \(counted(context.threads, "thread")): "
          + String(
            format: "median %.4f s, fastest %.4f s, peak %.0f MB, %g page faults, %g pool misses",
            line.medianSeconds, line.minSeconds, line.peakMegabytes, line.pageFaultsPerRun, line.poolMissesPerRun))
    }
  }

  private struct Line: Encodable {
    var peer = "tessera"
    let network: String, mode: String, batch: Int, size: ImageSize, classes: Int, threads: Int
    let instructionSet: String, matrixKernels: String
    let medianSeconds: Double, minSeconds: Double, peakMegabytes: Double
    let pageFaultsPerRun: Double, poolMissesPerRun: Double
  }

  /// What one timed run took.
  private struct Sample {
    let seconds: Double, pageFaults: Int, poolMisses: Int

    init(of pass: () -> Void, pool: BufferPool) {
      let (faults, misses) = (ResourceUsage.current.pageFaults, pool.statistics.misses)
      seconds = ContinuousClock().measure(pass) / .seconds(1)
      pageFaults = ResourceUsage.current.pageFaults - faults
      poolMisses = pool.statistics.misses - misses
    }
  }

  private func trainingStep(_ network: any SegmentationModel, _ batch: Int) -> () -> Void {
    let images = randomImages(batch, channels: network.normalization.channels)
    var random = RandomStream(seed: 2)
    let labels = (0..<batch * size.pixels).map { _ in Int32(random.index(below: classes)) }
    let optimizer = Adam(for: network)
    return {
      let tape = Tape()
      let loss = softmaxCrossEntropy(network(tape.input(images)), labels: labels)
      optimizer.update(along: tape.gradients(of: loss.mean), rate: 0.001)
    }
  }

  private func inference(_ network: any SegmentationModel, _ batch: Int) -> () -> Void {
    let images = randomImages(batch, channels: network.normalization.channels)
    let inference = PlannedInference(of: network)
    return { _ = inference.logits(of: images) }
  }

  private func randomImages(_ batch: Int, channels: Int) -> Tensor {
    var random = RandomStream(seed: 1)
    return Tensor(shape: [batch, size.height, size.width, channels]) {
      for index in $0.indices { $0[index] = random.normal() }
    }
  }
}

import ArgumentParser
import Foundation
import Tessera

/// Times a training step or an inference pass, as the other systems' timing scripts do: two warm-up runs, then the
/// median. Counts what a run asks of the system: page faults, and requests that the buffer pool could not serve. The
/// line of JSON names the kernels that ran, without which a figure says little.
struct BenchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bench", abstract: "Time a training step (forward, loss, backward, Adam) or inference.")

  enum Mode: String, ExpressibleByArgument, CaseIterable { case train, inference }

  @OptionGroup var network: TimedNetworkOptions

  @Option(help: "train or inference.")
  var mode: Mode

  @Option(help: ArgumentHelp("Pictures per pass. Default: 5 in training, 1 in inference.", valueName: "n"))
  var batch: Int?

  @Option(help: ArgumentHelp("Threads. Default: all processors that it may use.", valueName: "n"))
  var threads: Int?

  @Option(help: ArgumentHelp("Classes with void of a named network. Default: 151, as ADE20K has.", valueName: "n"))
  var classes: Int?

  @Option(help: ArgumentHelp("Timed runs.", valueName: "n"))
  var runs = 7

  @Flag(help: "Print one line of JSON.")
  var json = false

  func validate() throws {
    try requireOption("--classes", classes ?? 2, in: 2...4096)
    if network.checkpoint != nil && classes != nil {
      throw ValidationError("--classes goes with --model; a checkpoint knows its own")
    }
    try requireOption("--runs", runs, in: 1...1_000_000)
    try requireOption("--batch", batch ?? 1, in: 1...16_384)
    try requireOption("--threads", threads ?? 1, in: 1...1024)
  }

  func run() throws {
    let timed = try network.load(classes: classes)
    let (model, size) = (timed.model, timed.imageSize)
    let batch = batch ?? (mode == .train ? 5 : 1)
    try requirePixels("--batch", batch, "--size", size)
    model.makeParameters()
    let context = threads.map { ComputeContext(threads: $0) } ?? ComputeContext()
    let images = randomImages([batch, size.height, size.width, model.normalization.channels])
    let pass = mode == .train ? trainingStep(model, images) : inference(model, images)
    let samples = ComputeContext.$current.withValue(context) {
      for _ in 0..<2 { pass() }
      return (0..<runs).map { _ in Sample(of: pass, pool: context.pool) }
    }
    let seconds = samples.map(\.seconds)
    let line = Line(
      network: model.configuration.name, checkpoint: network.checkpoint, mode: mode.rawValue, batch: batch, size: size,
      classes: model.configuration.classes, threads: context.threads,
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
        "\(line.network)\(network.source) \(line.mode), batch \(batch), \(size), "
          + "\(counted(context.threads, "thread")): "
          + String(
            format: "median %.4f s, fastest %.4f s, peak %.0f MB, %g page faults, %g pool misses",
            line.medianSeconds, line.minSeconds, line.peakMegabytes, line.pageFaultsPerRun, line.poolMissesPerRun))
    }
  }

  private struct Line: Encodable {
    var peer = "tessera"
    let network: String, checkpoint: String?, mode: String, batch: Int, size: ImageSize, classes: Int, threads: Int
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

  private func trainingStep(_ network: any SegmentationModel, _ images: Tensor) -> () -> Void {
    var random = RandomStream(seed: 2)
    let pixels = images.shape.dimensions.dropLast().reduce(1, *)
    let labels = (0..<pixels).map { _ in Int32(random.index(below: network.configuration.classes)) }
    let optimizer = Adam(for: network)
    return {
      let tape = Tape()
      let loss = softmaxCrossEntropy(network(tape.input(images)), labels: labels)
      optimizer.update(along: tape.gradients(of: loss.mean), rate: 0.001)
    }
  }

  private func inference(_ network: any SegmentationModel, _ images: Tensor) -> () -> Void {
    let inference = PlannedInference(of: network)
    return { _ = inference.logits(of: images) }
  }

  private func randomImages(_ shape: Shape) -> Tensor {
    var random = RandomStream(seed: 1)
    return Tensor(shape: shape) {
      for index in $0.indices { $0[index] = random.normal() }
    }
  }
}

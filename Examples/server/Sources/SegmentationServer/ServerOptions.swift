import ArgumentParser
import Tessera

/// The options of a server.
public struct ServerOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp("The network: a checkpoint of a run, or of tessera import.", valueName: "file"),
    completion: .file(extensions: ["safetensors"]))
  public var checkpoint: String

  @Option(help: ArgumentHelp("The address to listen on; 0.0.0.0 for all that the machine has.", valueName: "address"))
  public var host = "127.0.0.1"

  @Option(help: ArgumentHelp("The port to listen on; 0 for any that is free.", valueName: "n"))
  public var port = 8080

  @Option(help: ArgumentHelp("The bytes that a picture's file may have.", valueName: "n"))
  public var maxBytes = ServerLimits().bytes

  @Option(
    help: ArgumentHelp(
      """
      The pixels that a picture may have. Default: \(ServerLimits().pixels), or \(ServerLimits.pixelsOfWholePictures) if \
      the network sees pictures as a whole at their own size.
      """, valueName: "n"))
  public var maxPixels: Int?

  @Option(help: ArgumentHelp("Pictures that may wait; further ones are refused with 429.", valueName: "n"))
  public var queue = ServerLimits().queue

  @Option(help: ArgumentHelp("Pictures that are computed at a time; they share the threads.", valueName: "n"))
  public var sideBySide = ServerLimits().sideBySide

  @Option(
    help: ArgumentHelp("Seconds that an upload may take, and then again its answer.", valueName: "seconds"))
  public var timeout = 30

  @Option(help: ArgumentHelp("Threads. Default: all processors that it may use.", valueName: "n"))
  public var threads: Int?

  public init() {}

  public func validate() throws {
    func check(_ option: String, _ value: Int, in range: ClosedRange<Int>) throws {
      guard range.contains(value) else {
        throw ValidationError(
          "\(option) must lie between \(range.lowerBound) and \(range.upperBound); got \(value)")
      }
    }
    try check("--port", port, in: 0...65_535)
    try check("--max-bytes", maxBytes, in: 1024...1 << 30)
    let fewest = ServerLimits.shortestSide * ServerLimits.shortestSide
    try check("--max-pixels", maxPixels ?? fewest, in: fewest...Image.pixelLimit)
    try check("--queue", queue, in: 0...10_000)
    try check("--side-by-side", sideBySide, in: 1...1024)
    try check("--timeout", timeout, in: 1...3600)
    try check("--threads", threads ?? 1, in: 1...1024)
  }

  /// The limits for a network.
  func limits(for predictor: Predictor) -> ServerLimits {
    var limits = ServerLimits()
    limits.bytes = maxBytes
    limits.pixels = maxPixels ?? (predictor.seesWholePictures ? ServerLimits.pixelsOfWholePictures : limits.pixels)
    limits.queue = queue
    limits.sideBySide = sideBySide
    limits.timeout = .seconds(timeout)
    limits.threads = threads
    return limits
  }
}

import ArgumentParser

/// The options for what a run tells TensorBoard: none of them changes what it computes.
public struct BoardOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Epochs from one set of histograms of weights and gradients to the next; 0 = none.", valueName: "n"))
  public var histograms = 1

  @Flag(help: "Write no event files.")
  public var noTensorboard = false

  public init() {}

  public mutating func validate() throws {
    try requireOption("--histograms", histograms, in: 0...1_000_000)
  }
}

import ArgumentParser

/// The options for what a run tells TensorBoard: none of them changes what it computes.
package struct BoardOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Epochs from one set of histograms of weights and gradients to the next; 0 = none.", valueName: "n"))
  package var histograms = 1

  @Flag(help: "Write no event files.")
  package var noTensorboard = false

  package init() {}

  package mutating func validate() throws {
    try requireOption("--histograms", histograms, in: 0...1_000_000)
  }
}

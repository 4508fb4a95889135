import Foundation
import RecordedNetworks
import Tessera

/// Prints how long each algorithm takes that could compute a convolution of the networks in training, as
/// comma-separated values: the data of the cost model's test.
///
///     ConvolutionTimes [CALLS]   # the best of so many calls after a warm-up; 5 by default
@main struct ConvolutionTimes {
  private let calls: Int

  static func main() {
    let times = ConvolutionTimes(calls: CommandLine.arguments.dropFirst().first.flatMap { Int($0) } ?? 5)
    ComputeContext.$current.withValue(ComputeContext(threads: 2)) { times.printAll() }
  }

  private func printAll() {
    write([
      "batch,height,width,window,stride,dilation,top,left,end,inputs,outputs,groups,pass,milliseconds by algorithm"
    ])
    var seen: Set<ConvolutionPass> = []
    for work in RecordedNetwork.all.flatMap(\.training.convolutions) where seen.insert(work).inserted {
      // With so much dilation only the centers of windows lie on the picture, and the library computes it as 1 x 1.
      if work.geometry.dilation.height >= work.geometry.input.height { continue }
      let candidates = ConvolutionAlgorithm.candidates(
        work.pass, work.geometry, inputChannels: work.inputs, outputChannels: work.outputs, groups: work.groups)
      guard candidates.count > 1 else { continue }
      write(numbers(of: work).map(String.init) + ["\(work.pass)"] + times(of: work, by: candidates))
    }
  }

  /// Returns what is needed to make the windows and tensors again.
  private func numbers(of work: ConvolutionPass) -> [Int] {
    let geometry = work.geometry
    let reach = (geometry.window.height - 1) * geometry.dilation.height + 1
    // The padding after the last row and column; without it, windows may leave some of the picture out.
    let end = (geometry.output.height - 1) * geometry.stride.height + reach - geometry.input.height - geometry.top
    return [
      work.batch, geometry.input.height, geometry.input.width, geometry.window.height, geometry.stride.height,
      geometry.dilation.height, geometry.top, geometry.left, max(0, end), work.inputs, work.outputs, work.groups,
    ]
  }

  private func times(of work: ConvolutionPass, by candidates: [ConvolutionAlgorithm]) -> [String] {
    let (geometry, groups) = (work.geometry, work.groups)
    let first = work.pass == .inputGradient ? work.outputGradient : work.input
    let second = work.pass == .filterGradient ? work.outputGradient : work.filter
    return candidates.map { algorithm in
      let time = milliseconds {
        switch work.pass {
        case .forward: Convolution.forward(first, filter: second, geometry: geometry, groups: groups, by: algorithm)
        case .inputGradient:
          Convolution.inputGradient(first, filter: second, geometry: geometry, groups: groups, by: algorithm)
        case .filterGradient:
          Convolution.filterGradient(first, outputGradient: second, geometry: geometry, groups: groups, by: algorithm)
        }
      }
      return "\(algorithm)=\(String(format: "%.3f", time))"
    }
  }

  /// Returns the least time of a few calls, and of more where a disturbance could hit all of a few.
  private func milliseconds(_ call: () -> Tensor) -> Double {
    _ = call()
    var times: [Duration] = []
    while times.count < calls || times.reduce(.zero, +) < .milliseconds(100) {
      times.append(ContinuousClock().measure { _ = call() })
    }
    return (times.min() ?? .zero) / .milliseconds(1)
  }

  private func write(_ fields: [String]) {
    // At once, so that an interrupted run leaves whole lines.
    FileHandle.standardOutput.write(Data((fields.joined(separator: ",") + "\n").utf8))
  }
}

import Foundation
import TesseraKernels

/// A line of `Golden/convolution-times.csv`, which `ConvolutionTimes` of the benchmarks printed: one product of a
/// convolution, and the milliseconds of every algorithm that could compute it.
struct MeasuredConvolution {
  let line: String
  let batch: Int
  let geometry: WindowGeometry
  /// The input channels of a group.
  let inputs: Int
  let outputs: Int
  let groups: Int
  let pass: ConvolutionAlgorithm.Pass
  /// By the algorithm's description.
  let milliseconds: [String: Double]

  /// All lines but the header.
  static func read() throws -> [MeasuredConvolution] {
    let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Golden/convolution-times.csv")
    return try String(contentsOf: file, encoding: .utf8).split(separator: "\n").dropFirst().map { line in
      try MeasuredConvolution(String(line))
    }
  }

  private init(_ line: String) throws {
    let fields = line.split(separator: ",")
    let numbers = fields.prefix(12).compactMap { Int($0) }
    let times = fields.dropFirst(13).map { $0.split(separator: "=") }
    guard numbers.count == 12, fields.count > 13,
      let pass = ConvolutionAlgorithm.Pass.allCases.first(where: { "\($0)" == fields[12] }),
      times.allSatisfy({ $0.count == 2 && Double($0[1]) != nil })
    else { throw CocoaError(.fileReadCorruptFile, userInfo: [NSDebugDescriptionErrorKey: line]) }
    self.line = line
    self.pass = pass
    batch = numbers[0]
    geometry = WindowGeometry(
      "conv2D", input: Extent(height: numbers[1], width: numbers[2]), window: Extent(numbers[3]),
      stride: Extent(numbers[4]), dilation: Extent(numbers[5]),
      padding: .explicit(top: numbers[6], bottom: numbers[8], left: numbers[7], right: numbers[8]))
    (inputs, outputs, groups) = (numbers[9], numbers[10], numbers[11])
    milliseconds = Dictionary(times.map { (String($0[0]), Double($0[1])!) }) { first, _ in first }
  }
}

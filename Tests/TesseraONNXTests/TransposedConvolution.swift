import TesseraONNX
import TesseraTensors
import Testing

/// ONNX's `ConvTranspose` of one group as its page defines it: each pixel adds its multiple of the filter at its place,
/// and the pads are cut off.
struct TransposedConvolution {
  private let filter: Tensor
  private let bias: [Float]?
  private let strides: [Int]
  private let dilations: [Int]
  private let pads: [Int]
  private let extra: [Int]

  init(_ node: Onnx_NodeProto, filter: Tensor, bias: [Float]?) throws {
    self.filter = filter
    self.bias = bias
    strides = try #require(node.integers("strides"))
    dilations = try #require(node.integers("dilations"))
    pads = try #require(node.integers("pads"))
    extra = try #require(node.integers("output_padding"))
    try #require(node.integers("kernel_shape") == [filter.shape[2], filter.shape[3]])
  }

  func callAsFunction(_ input: Tensor) -> Tensor {
    let (batch, outputs) = (input.shape[0], filter.shape[1])
    let lengths = [0, 1].map { axis in
      strides[axis] * (input.shape[axis + 2] - 1) + extra[axis] + (filter.shape[axis + 2] - 1) * dilations[axis] + 1
        - pads[axis] - pads[axis + 2]
    }
    var result = Tensor.zeros([batch, outputs, lengths[0], lengths[1]])
    for (sample, output) in (0..<batch * outputs).map({ ($0 / outputs, $0 % outputs) }) {
      for (row, column) in (0..<lengths[0] * lengths[1]).map({ ($0 / lengths[1], $0 % lengths[1]) }) {
        var sum = bias?[output] ?? 0
        for (y, x) in (0..<filter.shape[2] * filter.shape[3]).map({ ($0 / filter.shape[3], $0 % filter.shape[3]) }) {
          let (down, right) = (row + pads[0] - y * dilations[0], column + pads[1] - x * dilations[1])
          guard down >= 0, right >= 0, down % strides[0] == 0, right % strides[1] == 0,
            down / strides[0] < input.shape[2], right / strides[1] < input.shape[3]
          else { continue }
          for channel in 0..<filter.shape[0] {
            sum += input[sample, channel, down / strides[0], right / strides[1]] * filter[channel, output, y, x]
          }
        }
        result[sample, output, row, column] = sum
      }
    }
    return result
  }
}

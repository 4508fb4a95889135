import TesseraKernels
import TesseraTensors
import TestSupport
import Testing

/// One row of the tables of convolutions.
struct ConvolutionCase: Sendable, CustomTestStringConvertible {
  var batch = 2
  var size = (7, 9)
  var channels = 4
  var outputs = 4
  var kernel = (3, 3)
  var stride = (1, 1)
  var padding = Padding.same
  var dilation = (1, 1)
  var groups = 1

  var testDescription: String {
    "\(batch) x \(size) x \(channels) -> \(outputs), kernel \(kernel), stride \(stride), \(padding), "
      + "dilation \(dilation), \(groups) groups"
  }

  var geometry: WindowGeometry {
    WindowGeometry(
      "conv2D", input: Extent(height: size.0, width: size.1), window: Extent(height: kernel.0, width: kernel.1),
      stride: Extent(height: stride.0, width: stride.1), dilation: Extent(height: dilation.0, width: dilation.1),
      padding: padding)
  }

  var oracle: Oracle.Convolution {
    Oracle.Convolution(
      Oracle.Windows(size: size, window: kernel, stride: stride, dilation: dilation, padding: padding), batch: batch,
      channels: channels, outputs: outputs, groups: groups)
  }

  /// Every stride, padding, dilation and grouping on small odd pictures.
  static var small: [ConvolutionCase] {
    var cases: [ConvolutionCase] = []
    let explicit = Padding.explicit(top: 2, bottom: 0, left: 1, right: 3)
    for kernel in [(1, 1), (2, 2), (3, 3), (4, 4), (5, 5), (1, 3), (3, 2), (5, 1)] {
      for stride in [(1, 1), (2, 2), (3, 3), (1, 2), (3, 1)] {
        for padding in [Padding.same, .valid, explicit] {
          cases.append(ConvolutionCase(kernel: kernel, stride: stride, padding: padding))
        }
      }
    }
    for dilation in [(2, 2), (1, 2), (3, 1)] {
      for stride in [(1, 1), (2, 2), (2, 3)] {
        for padding in [Padding.same, .valid, explicit] {
          cases.append(ConvolutionCase(size: (9, 11), stride: stride, padding: padding, dilation: dilation))
        }
      }
    }
    for (channels, outputs, groups) in [(4, 6, 2), (8, 4, 4), (6, 6, 6), (5, 10, 5), (3, 1, 1), (1, 7, 1)] {
      for (kernel, stride) in [((3, 3), (1, 1)), ((3, 3), (2, 2)), ((1, 1), (1, 1)), ((2, 3), (3, 2))] {
        cases.append(
          ConvolutionCase(channels: channels, outputs: outputs, kernel: kernel, stride: stride, groups: groups))
      }
    }
    cases.append(ConvolutionCase(batch: 1, size: (1, 1), kernel: (3, 3)))
    cases.append(ConvolutionCase(batch: 1, size: (2, 3), kernel: (5, 5), stride: (2, 2)))
    cases.append(ConvolutionCase(size: (16, 24), channels: 2, outputs: 3, kernel: (16, 16), stride: (8, 8)))
    cases.append(ConvolutionCase(size: (2, 2), kernel: (1, 1), padding: .explicit(3)))
    // Taps that never lie on the picture: all but the center, a row, a row and a column, and all of a channel's own.
    cases.append(ConvolutionCase(size: (5, 4), dilation: (6, 5)))
    cases.append(ConvolutionCase(size: (3, 9), dilation: (3, 1)))
    cases.append(
      ConvolutionCase(size: (4, 5), padding: .explicit(top: 4, bottom: 2, left: 5, right: 2), dilation: (4, 5)))
    cases.append(ConvolutionCase(size: (4, 4), channels: 6, outputs: 6, dilation: (8, 8), groups: 6))
    return cases
  }

  /// Shapes that cross the borders between blocks of pixels, taps, outputs and slices.
  static let large: [ConvolutionCase] = [
    // More than 512 output pixels, blocks that end inside a picture.
    ConvolutionCase(batch: 3, size: (17, 19), channels: 3, outputs: 5),
    // More than 1152 gathered columns.
    ConvolutionCase(batch: 1, size: (5, 6), channels: 300, outputs: 7),
    ConvolutionCase(batch: 1, size: (4, 4), channels: 1200, outputs: 3, kernel: (2, 2), padding: .valid),
    // Many outputs for few pixels, and both at once.
    ConvolutionCase(batch: 1, size: (3, 3), channels: 5, outputs: 300),
    ConvolutionCase(batch: 1, size: (3, 2), channels: 140, outputs: 260),
    ConvolutionCase(batch: 1, size: (3, 3), channels: 6, outputs: 520, groups: 2),
    // So many outputs that the gradient by the input takes the weights as they lie: strides, dilation, groups, 1 x 1,
    // and channels cut into several blocks.
    ConvolutionCase(batch: 2, size: (5, 4), channels: 3, outputs: 515),
    ConvolutionCase(batch: 1, size: (6, 7), channels: 200, outputs: 512, kernel: (3, 2), stride: (2, 2)),
    ConvolutionCase(
      batch: 1, size: (7, 5), channels: 2, outputs: 520, kernel: (2, 3), stride: (3, 1), dilation: (2, 1)),
    ConvolutionCase(batch: 2, size: (4, 3), channels: 6, outputs: 1030, groups: 2),
    // So few pixels that the filter's gradient is cut along channels and outputs, of OpenBLAS's products and of panels,
    // in place and from copies.
    ConvolutionCase(batch: 1, size: (5, 4), channels: 520, outputs: 384, kernel: (1, 1)),
    ConvolutionCase(batch: 2, size: (3, 4), channels: 200, outputs: 152, kernel: (1, 1)),
    ConvolutionCase(batch: 1, size: (6, 5), channels: 260, outputs: 300, kernel: (1, 1), stride: (2, 2)),
    ConvolutionCase(batch: 2, size: (3, 5), channels: 150, outputs: 530, kernel: (1, 1)),
    // Taps read where they lie: rows that blocks cut, panels with a rest, channels in two parts, strides, dilations
    // whose taps lie beside the picture, groups, and transposed phases without a tap.
    ConvolutionCase(batch: 2, size: (17, 13), channels: 33, outputs: 49),
    ConvolutionCase(batch: 1, size: (4, 5), channels: 300, outputs: 40, stride: (2, 1)),
    ConvolutionCase(batch: 2, size: (19, 16), channels: 40, outputs: 36, kernel: (3, 2), stride: (2, 3)),
    ConvolutionCase(batch: 1, size: (9, 8), channels: 64, outputs: 70, dilation: (5, 3)),
    ConvolutionCase(batch: 2, size: (9, 7), channels: 80, outputs: 68, kernel: (2, 2), stride: (3, 3), groups: 2),
    ConvolutionCase(batch: 2, size: (9, 10), channels: 35, outputs: 34, kernel: (1, 1), stride: (2, 2)),
    // Filter gradients in several slices.
    ConvolutionCase(batch: 2, size: (50, 51), channels: 2, outputs: 3),
    ConvolutionCase(batch: 2, size: (50, 51), channels: 4, outputs: 6, kernel: (1, 1)),
    ConvolutionCase(batch: 3, size: (45, 61), channels: 4, outputs: 4, groups: 4),
    ConvolutionCase(batch: 1, size: (70, 90), channels: 3, outputs: 2, stride: (2, 1)),
  ]
}

extension Oracle.Windows {
  init(
    size: (Int, Int), window: (Int, Int), stride: (Int, Int), dilation: (Int, Int) = (1, 1), padding: Padding
  ) {
    var sides: (top: Int, bottom: Int, left: Int, right: Int)?
    switch padding {
    case .same: sides = nil
    case .valid: sides = (0, 0, 0, 0)
    case .explicit(let top, let bottom, let left, let right): sides = (top, bottom, left, right)
    }
    self.init(
      rows: Oracle.Axis(
        size: size.0, window: window.0, stride: stride.0, dilation: dilation.0,
        padding: sides.map { ($0.top, $0.bottom) }),
      columns: Oracle.Axis(
        size: size.1, window: window.1, stride: stride.1, dilation: dilation.1,
        padding: sides.map { ($0.left, $0.right) }))
  }
}

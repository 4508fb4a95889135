import TesseraImaging
import TesseraTensors

extension Image {
  /// Red, green and blue in 0...255 of a window, `[1, rows, columns, 3]`; beyond the right and the bottom the edge
  /// repeats. As `tensor` gives them, without the floats of the whole picture.
  ///
  /// - Parameter mirrored: whether the window is one of the mirrored picture.
  func pixels(rows: Range<Int>, columns: Range<Int>, mirrored: Bool) -> Tensor {
    let sources = columns.map { column in
      let inside = min(column, width - 1)
      return (mirrored ? width - 1 - inside : inside) * channels
    }
    func fill<Sample: FixedWidthInteger>(
      _ out: UnsafeMutableBufferPointer<Float>, from samples: [Sample], scale: Float
    ) {
      let (green, blue) = channels == 3 ? (1, 2) : (0, 0)
      samples.withUnsafeBufferPointer { samples in
        var target = 0
        for row in rows {
          let line = min(row, height - 1) * width * channels
          for source in sources {
            out[target] = Float(samples[line + source]) * scale
            out[target + 1] = Float(samples[line + source + green]) * scale
            out[target + 2] = Float(samples[line + source + blue]) * scale
            target += 3
          }
        }
      }
    }
    return Tensor(shape: [1, rows.count, columns.count, 3]) { out in
      switch samples {
      case .eightBit(let samples): fill(out, from: samples, scale: 1)
      case .sixteenBit(let samples): fill(out, from: samples, scale: 1 / 257)
      }
    }
  }
}

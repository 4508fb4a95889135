import TesseraImaging
import TesseraTensors

extension Pixels {
  /// The numbers of a window, `[1, rows, columns, channels]`. Like `tensor`, without the floats of a whole photograph.
  ///
  /// - Parameters:
  ///   - mirrored: whether the window is one of the mirrored picture.
  ///   - padding: what lies beyond the right and the bottom, a value for each channel; `nil` if the edge repeats.
  func window(rows: Range<Int>, columns: Range<Int>, mirrored: Bool, beyond padding: [Float]?) -> Tensor {
    var window =
      switch content {
      case .image(let image): image.window(rows: rows, columns: columns, mirrored: mirrored)
      case .tensor(let tensor): tensor.window(rows: rows, columns: columns, mirrored: mirrored)
      }
    guard let padding, rows.upperBound > height || columns.upperBound > width else { return window }
    window.withUnsafeMutableBufferPointer { numbers in
      var target = 0
      for row in rows {
        for column in columns {
          if row >= height || column >= width {
            for (channel, value) in padding.enumerated() { numbers[target + channel] = value }
          }
          target += padding.count
        }
      }
    }
    return window
  }
}

extension Tensor {
  /// The window of pixels `[height, width, channels]`.
  fileprivate func window(rows: Range<Int>, columns: Range<Int>, mirrored: Bool) -> Tensor {
    let (height, width, channels) = (shape[0], shape[1], shape[2])
    return Tensor(shape: [1, rows.count, columns.count, channels]) { out in
      withUnsafeBufferPointer { source in
        var target = out.baseAddress!
        for row in rows {
          for column in columns {
            let inside = min(column, width - 1)
            let pixel = min(row, height - 1) * width + (mirrored ? width - 1 - inside : inside)
            target.update(from: source.baseAddress! + pixel * channels, count: channels)
            target += channels
          }
        }
      }
    }
  }
}

extension Image {
  /// Red, green and blue of the window in 0...255.
  fileprivate func window(rows: Range<Int>, columns: Range<Int>, mirrored: Bool) -> Tensor {
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

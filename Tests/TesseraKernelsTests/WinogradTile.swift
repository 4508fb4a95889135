import CKernels

/// Winograd's loops on one tile, with as much memory around what they read and write as they may touch.
struct WinogradTile {
  let loops: tk_winograd
  let channels: Int

  var outputs: Int { Int(loops.m) }
  var taps: Int { Int(loops.r) }
  var size: Int { outputs + taps - 1 }
  var positions: Int { size * size }

  /// Floats from one pixel to the next, and from one row of pixels to the next.
  var pixelStep: Int { channels + 3 }
  func rowStep(side: Int) -> Int { side * pixelStep + 5 }
  func pictureLength(side: Int) -> Int { side * rowStep(side: side) }

  /// Channels in whole registers.
  private var wholeRegisters: Int { (channels + 15) / 16 * 16 }
  /// Floats from one position to the next: some lie behind the registers, and belong to nobody.
  var positionStep: Int { wholeRegisters + 4 }
  /// Filters in whole panels.
  var filterCount: Int { (channels + 31) / 32 * 32 }
  var filterStep: Int { filterCount + 4 }

  /// Which pixels of a square exist.
  struct Cut {
    var rows: Range<Int>
    var columns: Range<Int>

    /// All of `side` x `side`, without some edges, one pixel alone, none.
    static func all(side: Int) -> [Cut] {
      [
        Cut(rows: 0..<side, columns: 0..<side), Cut(rows: 1..<side, columns: 0..<side - 1),
        Cut(rows: 0..<side - 1, columns: 1..<side), Cut(rows: 0..<side, columns: side - 1..<side),
        Cut(rows: 1..<2, columns: 0..<1), Cut(rows: 0..<0, columns: 0..<side),
      ]
    }

    func contains(_ row: Int, _ column: Int) -> Bool { rows.contains(row) && columns.contains(column) }
  }

  private func pixels(_ cut: Cut, side: Int) -> tk_pixels {
    tk_pixels(
      top: Int32(cut.rows.lowerBound), bottom: Int32(cut.rows.upperBound), left: Int32(cut.columns.lowerBound),
      right: Int32(cut.columns.upperBound), row_step: rowStep(side: side), column_step: pixelStep)
  }

  /// Numbers for a picture.
  func picture(side: Int, seed: UInt64 = 1) -> [Float] { numbers(pictureLength(side: side), seed: seed) }

  /// B' d B.
  func input(_ picture: [Float], _ cut: Cut) -> [Float] { expand(loops.input, picture, cut, side: size) }

  /// A dy A'.
  func outputAdjoint(_ picture: [Float], _ cut: Cut) -> [Float] {
    expand(loops.output_adjoint, picture, cut, side: outputs)
  }

  private func expand(
    _ loop: (UnsafePointer<Float>, UnsafePointer<tk_pixels>, Int, UnsafeMutablePointer<Float>, Int) -> Void,
    _ picture: [Float], _ cut: Cut, side: Int
  ) -> [Float] {
    var out = unwritten(positions * positionStep)
    var pixels = pixels(cut, side: side)
    loop(picture, &pixels, channels, &out, positionStep)
    // Whole registers are written; what their last lanes hold is left open.
    for position in 0..<positions {
      for lane in channels..<wholeRegisters { out[position * positionStep + lane] = 0 }
    }
    return out
  }

  /// f(A' M A + bias) in a picture that is NaN elsewhere.
  func output(_ products: [Float], bias: [Float]?, relu: Bool, _ cut: Cut) -> [Float] {
    var result = unwritten(pictureLength(side: outputs))
    var pixels = pixels(cut, side: outputs)
    if let bias {
      loops.output(products, positionStep, bias, relu ? 1 : 0, &result, &pixels, channels)
    } else {
      loops.output(products, positionStep, nil, relu ? 1 : 0, &result, &pixels, channels)
    }
    return result
  }

  /// G g G', `[positions, filterStep]`.
  func filter(_ filters: [Float]) -> [Float] {
    var out = unwritten(positions * filterStep)
    loops.filter(filters, filterCount, &out, filterStep)
    return out
  }

  /// G' dU G, `[taps, taps, filterCount]`.
  func filterAdjoint(_ products: [Float]) -> [Float] {
    var filters = unwritten(taps * taps * filterCount)
    loops.filter_adjoint(products, filterStep, filterCount, &filters)
    return filters
  }
}

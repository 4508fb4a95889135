import TesseraTensors

/// The scores of some pixels of a picture, taken line by line from a network's scores at another size: at the picture's
/// own size, 151 classes of a photograph would fill gigabytes.
public struct SampledScores {
  /// `[1, height, width, classes]`.
  public let scores: Tensor
  /// Where the pixels' rows lie in the scores.
  public let rows: InterpolationSteps
  /// Where the pixels' columns lie in the scores.
  public let columns: InterpolationSteps

  /// - Parameters:
  ///   - scores: `[1, height, width, classes]`.
  ///   - rows: in `0..<height`.
  ///   - columns: in `0..<width`.
  public init(_ scores: Tensor, rows: InterpolationSteps, columns: InterpolationSteps) {
    require(
      scores.shape.rank == 4 && scores.shape[0] == 1 && scores.count > 0,
      "SampledScores: expects [1, height, width, classes]; got \(scores.shape)")
    func fits(_ steps: InterpolationSteps, _ length: Int) -> Bool {
      steps.steps.allSatisfy { $0.first >= 0 && $0.last >= $0.first && $0.last < length }
    }
    require(
      fits(rows, scores.shape[1]) && fits(columns, scores.shape[2]),
      "SampledScores: rows and columns must lie in the scores \(scores.shape)")
    self.scores = scores
    self.rows = rows
    self.columns = columns
  }

  /// Creates scores from all pixels of `pixels`, `[1, height, width, classes]`, unchanged.
  public init(_ pixels: Tensor) {
    self.init(
      pixels, rows: InterpolationSteps(.nearest, from: pixels.shape[1], to: pixels.shape[1]),
      columns: InterpolationSteps(.nearest, from: pixels.shape[2], to: pixels.shape[2]))
  }

  private var classes: Int { scores.shape[3] }

  /// The class with the largest score at each pixel, row-major; the first of equals.
  ///
  /// - Parameter excluded: a class that `allowed` never holds; `any` may.
  public func largest(excluding excluded: Int? = nil) -> (any: [UInt16], allowed: [UInt16]) {
    let (count, classes) = (columns.count, classes)
    require(classes <= 1 << 16, "SampledScores: at most 65536 classes have an index; got \(classes)")
    var any = [UInt16](repeating: 0, count: rows.count * count)
    var allowed = any
    any.withUnsafeMutableBufferPointer { any in
      allowed.withUnsafeMutableBufferPointer { allowed in
        forEachLine { row, line in
          var index: Int32 = 0
          for column in 0..<count {
            let pixel = line + column * classes
            kernels.argmax_rows(pixel, &index, 1, classes)
            any[row * count + column] = UInt16(index)
            if Int(index) == excluded {
              pixel[Int(index)] = -.greatestFiniteMagnitude
              kernels.argmax_rows(pixel, &index, 1, classes)
            }
            allowed[row * count + column] = UInt16(index)
          }
        }
      }
    }
    return (any, allowed)
  }

  /// Adds the pixels' probabilities, the softmax of their scores, to `sum`, `[1, rows, columns, classes]`.
  public func addProbabilities(to sum: inout Tensor) {
    require(
      sum.shape == [1, rows.count, columns.count, classes],
      "SampledScores: expects a sum [1, \(rows.count), \(columns.count), \(classes)]; got \(sum.shape)")
    let length = columns.count * classes
    sum.withUnsafeMutableBufferPointer { sum in
      forEachLine { row, line in
        kernels.softmax_rows(line, line, columns.count, classes)
        kernels.add_scaled(line, 1, sum.baseAddress! + row * length, length)
      }
    }
  }

  /// Calls `body` with each row of pixels, `[columns, classes]`, which it may write to.
  private func forEachLine(_ body: (_ row: Int, _ line: UnsafeMutablePointer<Float>) -> Void) {
    let (rowLength, line) = (scores.shape[2] * classes, columns.count * classes)
    let (rowMixture, columnMixture) = (Mixture(rows), Mixture(columns))
    scores.withUnsafeBufferPointer { source in
      parallelFor(rows.count, scratch: line + rowLength + 2 * Mixture.margin) { row, scratch in
        let mixed = rowMixture.row(
          row, of: source.baseAddress!, length: rowLength, scratch: scratch + line + Mixture.margin)
        columnMixture.pixels(of: mixed, classes, into: scratch)
        body(row, scratch)
      }
    }
  }
}

import Foundation
import TesseraImaging
import TesseraTensors

/// How much more pixels count near the boundaries of classes: 1 + weight exp(-d^2 / (2 deviation^2)), where d is the
/// distance to the nearest pixel with another value, void included.
struct BoundaryWeights {
  let weight: Double
  let deviation: Double

  /// `[rows]`.
  func weights(_ pixels: LossPixels) -> [Float] {
    // What lies farther away adds less than 4e-6 of the weight.
    let reach = Int((5 * deviation).rounded(.up))
    let table = (0...reach * reach).map { square in
      Float(1 + (square == reach * reach ? 0 : weight * exp(-Double(square) / (2 * deviation * deviation))))
    }
    return pixels.masks.squaredBoundaryDistances(upTo: reach).map { table[Int($0)] }
  }
}

extension MaskBatch {
  /// The squared Euclidean distance of each pixel's center to that of the nearest pixel of its picture with another
  /// value, at most `reach` squared, `[count, height, width]` row-major.
  func squaredBoundaryDistances(upTo reach: Int) -> [Int32] {
    let (width, height) = (width, height)
    let most = Int32(reach * reach)
    let rows = count * height
    // Along rows first: the distance to the end of the run of equal values.
    var along = [Int32](repeating: most, count: indices.count)
    var result = along
    indices.withUnsafeBufferPointer { values in
      along.withUnsafeMutableBufferPointer { along in
        parallelFor(rows, grain: 64) { block in
          for row in block {
            let start = row * width
            var first = 0
            while first < width {
              var end = first + 1
              while end < width && values[start + end] == values[start + first] { end += 1 }
              for x in first..<end {
                let left = first > 0 ? x - first + 1 : reach
                let distance = Int32(min(left, end < width ? end - x : reach, reach))
                along[start + x] = distance * distance
              }
              first = end
            }
          }
        }
      }
      // Then along columns, away from the pixel until nothing nearer can come.
      along.withUnsafeBufferPointer { along in
        result.withUnsafeMutableBufferPointer { result in
          parallelFor(rows, grain: 16) { block in
            for row in block {
              let y = row % height
              for place in row * width..<(row + 1) * width {
                var best = along[place]
                func search(by step: Int, upTo last: Int) {
                  var (other, distance) = (place, Int32(1))
                  while distance <= Int32(last) && distance * distance < best {
                    other += step
                    if values[other] != values[place] {
                      best = distance * distance
                      return
                    }
                    best = min(best, distance * distance + along[other])
                    distance += 1
                  }
                }
                search(by: -width, upTo: y)
                search(by: width, upTo: height - 1 - y)
                result[place] = best
              }
            }
          }
        }
      }
    }
    return result
  }
}

extension SegmentationLoss {
  /// Cross-entropy in which pixels near boundaries count more, as in the U-Net (Ronneberger et al. 2015,
  /// arXiv:1505.04597): 1 + weight exp(-d^2 / (2 deviation^2)) times at a distance d from the nearest pixel of another
  /// class or void. The paper separates instances and takes the distances of the two nearest; classes have one.
  ///
  /// - Parameters:
  ///   - weight: at least 0; 10 in the paper.
  ///   - deviation: in pixels of the training size, 0.1...50; 5 in the paper.
  public static func boundaryWeighted(weight: Double = 10, deviation: Double = 5) -> SegmentationLoss {
    require(
      weight >= 0 && weight.isFinite && (0.1...50).contains(deviation),
      "SegmentationLoss.boundaryWeighted: the weight must be 0 or more and the deviation lie in 0.1...50; got \(weight) "
        + "and \(deviation)")
    let boundary = BoundaryWeights(weight: weight, deviation: deviation)
    return SegmentationLoss(
      "boundary=\(weight.shortText):\(deviation.shortText)",
      PixelTerm(weights: { boundary.weights($0) }, accumulation: .exactAlone))
  }
}

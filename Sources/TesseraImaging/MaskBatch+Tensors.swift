import TesseraTensors

extension MaskBatch {
  /// 1 at the output of each pixel's true class and 0 elsewhere, `[count, height, width, outputs]`; void pixels have 0
  /// everywhere.
  ///
  /// - Parameter classes: the number of outputs; that of the label space by default. Every target must be less.
  public func oneHot(classes: Int? = nil) -> Tensor {
    let classes = classes ?? labelSpace.outputCount
    return Tensor(shape: [count, height, width, classes]) { out in
      out.update(repeating: 0)
      forEachPixel { pixel, index in
        require(index < classes, "MaskBatch.oneHot: index \(index) is none of \(classes) classes")
        out[pixel * classes + index] = 1
      }
    }
  }

  /// The weight of each pixel's true class, `[count, height, width, 1]`: 1 by default and 0 at void pixels.
  ///
  /// - Parameter classWeights: `[outputs]`; `nil` counts all classes alike.
  public func weights(_ classWeights: Tensor? = nil) -> Tensor {
    let byClass = classWeights?.scalars
    return Tensor(shape: [count, height, width, 1]) { out in
      out.update(repeating: 0)
      forEachPixel { pixel, index in
        guard let byClass else {
          out[pixel] = 1
          return
        }
        require(index < byClass.count, "MaskBatch.weights: index \(index) has no weight among \(byClass.count)")
        out[pixel] = byClass[index]
      }
    }
  }

  /// The number of pixels that are not void.
  public var countedPixels: Int {
    guard let void = labelSpace.void else { return indices.count }
    return indices.count { Int($0) != void }
  }

  /// Calls `body` with each non-void pixel and the output of its class, on the context's threads.
  private func forEachPixel(_ body: (_ pixel: Int, _ index: Int) -> Void) {
    let (outputs, void) = targets
    outputs.withUnsafeBufferPointer { outputs in
      parallelFor(outputs.count, grain: 1 << 14) { pixels in
        for pixel in pixels where outputs[pixel] != void { body(pixel, Int(outputs[pixel])) }
      }
    }
  }
}

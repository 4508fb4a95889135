import CKernels
import TesseraTensors

/// How far a softmax is from another network's, both at a temperature, in one pass over the logits of both, which also
/// gives the gradient.
package struct SoftmaxDistillation: Sendable {
  /// `[..., teacher's outputs]`.
  private let teacher: Tensor
  /// The teacher's output for each class, and -1 for one that it never gives; `nil` if all are its own, in order.
  private let places: [Int32]?
  private let temperature: Float

  /// - Parameters:
  ///   - teacher: the other network's logits, `[..., teacher's outputs]`.
  ///   - places: the teacher's output for each class, and -1 for one that it never gives; `nil` if all are its own.
  ///   - temperature: what all logits are divided by.
  package init(of teacher: Tensor, places: [Int32]?, temperature: Float) {
    (self.teacher, self.places, self.temperature) = (teacher, places, temperature)
  }

  /// temperature^2 times the mean of KL(teacher || softmax) over counted rows, weighted by their labels.
  ///
  /// - Parameters:
  ///   - softmax: the logits that learn, and their labels.
  ///   - classWeights: `[classes]`.
  ///   - weight: the sum of the class weights of counted rows, above 0.
  ///   - share: what this loss is multiplied by where its gradient is added to `gradient`, which is multiplied by
  ///     1 - share.
  ///   - gradient: with respect to the logits; `nil` if none is needed.
  package func mean(
    over softmax: LabeledSoftmax, classWeights: [Float], weight: Double, share: Float, addingTo gradient: inout Tensor?
  ) -> Float {
    let (rows, classes) = (softmax.rows, softmax.classes)
    let outputs = teacher.shape.rank > 0 ? teacher.shape[-1] : 0
    require(
      teacher.shape.dimensions.dropLast() == softmax.logits.shape.dimensions.dropLast()
        && (places?.count ?? outputs) == classes && places?.contains { $0 >= outputs } != true,
      "distillation: logits \(softmax.logits.shape) need a teacher's logits of that size and an output of it for each "
        + "class; got \(teacher.shape)" + (places.map { " and the outputs \($0)" } ?? ""))
    let grain = rowGrain(classes)
    let blocks = (rows + grain - 1) / grain
    var sums = [Double](repeating: 0, count: blocks)
    let scale = share * temperature / Float(weight)
    func evaluate(_ gradient: UnsafeMutablePointer<Float>?) {
      softmax.logits.withUnsafeBufferPointer { z in
        teacher.withUnsafeBufferPointer { teacher in
          softmax.labels.withUnsafeBufferPointer { labels in
            classWeights.withUnsafeBufferPointer { weights in
              (places ?? []).withUnsafeBufferPointer { listed in
                sums.withUnsafeMutableBufferPointer { sums in
                  parallelFor(blocks, scratch: 3 * classes) { block, scratch in
                    let (start, end) = (block * grain, min(rows, (block + 1) * grain))
                    var how = tk_distillation(
                      places: places == nil ? nil : listed.baseAddress, weights: weights.baseAddress, columns: classes,
                      teacher_columns: outputs, ignored: softmax.ignored, temperature: temperature, kept: 1 - share,
                      scale: scale)
                    sums[block] = kernels.distillation_rows(
                      z.baseAddress! + start * classes, teacher.baseAddress! + start * outputs,
                      labels.baseAddress! + start, end - start, &how, scratch, gradient.map { $0 + start * classes })
                  }
                }
              }
            }
          }
        }
      }
    }
    if gradient == nil {
      evaluate(nil)
    } else {
      gradient?.withUnsafeMutableBufferPointer { evaluate($0.baseAddress) }
    }
    // In the blocks' order, so that threads change no bit.
    return temperature * temperature * Float(sums.reduce(0, +) / weight)
  }
}

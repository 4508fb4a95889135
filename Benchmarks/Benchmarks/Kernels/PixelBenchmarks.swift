import Benchmark
import RecordedNetworks
import Tessera

/// Times work that passes once over the pixels and is in no recorded pass: dropout, the loss and probabilities.
func pixelBenchmarks() {
  Benchmark.kernel("Dropout 0.3, [5, 64, 64, 64]") {
    (Tensor.random([5, 64, 64, 64]), DropoutMask(rate: 0.3, key: 1))
  } call: { input, mask in
    input.droppingOut(mask)
  }
  for shape: Shape in [[5, 128, 128, 151], [5, 256, 256, 21]] {
    Benchmark.kernel("Softmax cross-entropy, \(shape), with gradient") {
      var stream = RandomStream(seed: 1)
      let labels = (0..<shape.elementCount / shape[3]).map { _ in Int32(stream.index(below: shape[3])) }
      return (Tensor.random(shape), labels)
    } call: { logits, labels in
      SoftmaxCrossEntropy(logits: logits, labels: labels, ignored: 0, wantsGradient: true)
    }
    lossBenchmarks(shape)
    Benchmark.kernel("Softmax, \(shape), forward") {
      Tensor.random(shape)
    } call: {
      $0.softmax()
    }
    Benchmark.kernel("Softmax, \(shape), backward") {
      (Tensor.random(shape).softmax(), Tensor.random(shape))
    } call: { probabilities, gradient in
      probabilities.softmaxBackward(gradient)
    }
  }
}

/// Times every loss of the command line with its gradient, on masks of squares: random pixels would have all classes
/// everywhere, and boundaries only. Logits are random, as at the start of a training, or mostly right, as at its end.
private func lossBenchmarks(_ shape: Shape) {
  let words = SegmentationLoss.lossWords.map(\.word) + ["cross-entropy+0.5*dice"]
  let cases: [(word: String, note: String)] =
    words.map { ($0, "") } + [
      ("cross-entropy", " and a teacher"), ("cross-entropy", ", mostly right"), ("lovasz", ", mostly right"),
    ]
  for (word, note) in cases {
    Benchmark.kernel("Loss \(word)\(note), \(shape), with gradient") {
      let (count, height, width, classes) = (shape[0], shape[1], shape[2], shape[3])
      let space = LabelSpace(names: (0..<classes).map { "class \($0)" }, void: 0)
      var stream = RandomStream(seed: 1)
      let squares = (0..<count * height * width / 64).map { _ in Int32(stream.index(below: classes)) }
      let indices = (0..<count * height * width).map { pixel -> Int32 in
        let (x, y) = (pixel % width / 8, pixel / width / 8)
        return squares[y * (width / 8) + x]
      }
      let masks = MaskBatch(indices: indices, count: count, height: height, width: width, labelSpace: space)
      let loss = SegmentationLoss(rawValue: word) ?? .crossEntropy
      var logits = Tensor.random(shape)
      if note == ", mostly right" {
        logits = 4 * logits
        logits.withUnsafeMutableBufferPointer { logits in
          for (pixel, label) in indices.enumerated() { logits[pixel * classes + Int(label)] += 10 }
        }
      }
      return (logits, masks, loss, note == " and a teacher" ? TeacherLogits(Tensor.random(shape)) : nil)
    } call: { logits, masks, loss, teacher in
      let tape = Tape()
      let variable = tape.variable(logits)
      return tape.gradients(of: loss(variable, masks, teacher: teacher).mean)[variable]
    }
  }
}

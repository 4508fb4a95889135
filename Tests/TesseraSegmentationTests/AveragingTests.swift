import Foundation
import TesseraAutograd
import TesseraImaging
import TesseraKernels
import TesseraNetworks
import TesseraSegmentation
import TesseraTensors
import TestSupport
import Testing

@Suite struct AveragingTests {
  static let image = picture(37, 23) { x, y in ((5 * x + y * y) % 256, (7 * y + x) % 256, (x * y) % 256) }
  private let model = UNet(.init(classes: 5, width: 4), random: RandomStream(seed: 8))

  private func predictor(_ scale: Predictor.Scale, _ averaging: Averaging, void: Int? = nil) -> Predictor {
    Predictor(model: model, labelSpace: space(5, void: void), imageSize: 32, scale: scale, averaging: averaging)
  }

  /// The mean of the views' probabilities in Double, by other means than the predictor's: whole pictures, one after
  /// the other.
  private func meanProbabilities(_ image: Image, sizes: [(Int, Int)], flip: Bool) -> DoubleArray {
    var sum = DoubleArray(shape: [1, image.height, image.width, 5])
    for (width, height) in sizes {
      for isMirrored in flip ? [false, true] : [false] {
        let scaled = image.resized(toWidth: width, height: height)
        let view = isMirrored ? scaled.flippedHorizontally() : scaled
        let pixels = view.tensor
        let (rows, columns) = ((height + 15) / 16 * 16, (width + 15) / 16 * 16)
        let padded = Tensor(
          (0..<rows).flatMap { y in
            (0..<columns).flatMap { x in (0..<3).map { pixels[min(y, height - 1), min(x, width - 1), $0] } }
          }, shape: [1, rows, columns, 3])
        let logits = model(Variable(model.normalization(padded))).value
        let cropped = Tensor(
          (0..<height).flatMap { y in
            (0..<width).flatMap { x in (0..<5).map { logits[0, y, isMirrored ? width - 1 - x : x, $0] } }
          }, shape: [1, height, width, 5])
        let probabilities = Oracle.softmax(
          Oracle.bilinear(DoubleArray(cropped), to: image.height, image.width))
        sum = sum.combined(with: probabilities, +)
      }
    }
    return sum
  }

  private func expectLargest(_ indices: [UInt16], of sums: DoubleArray, excluding void: Int? = nil) {
    var (different, classes) = (0, Set<UInt16>())
    for (pixel, index) in indices.enumerated() {
      let values = (0..<5).map { $0 == void ? -1 : sums.scalars[5 * pixel + $0] }
      classes.insert(index)
      if values[Int(index)] < values.max()! - 1e-4 { different += 1 }
    }
    #expect(different == 0)
    #expect(classes.count > 1)
  }

  @Test(arguments: [[1.0], [0.75, 1, 1.25], [2, 0.5]], [false, true])
  func originalScaleAveragesProbabilities(scales: [Double], flip: Bool) {
    let sizes = scales.map { (Int((37 * $0).rounded()), Int((23 * $0).rounded())) }
    let expected = meanProbabilities(Self.image, sizes: sizes, flip: flip)
    for void in [nil, 2] {
      let prediction = predictor(.original(), Averaging(scales: scales, flip: flip), void: void)
        .prediction(for: Self.image)
      expectLargest(prediction.mask.indices, of: expected, excluding: void)
      expectLargest(prediction.largestOutputs.indices, of: expected)
    }
  }

  /// 0.6 of 32 pixels is nearest to one multiple of 16, 1.5 to three.
  @Test func trainedScaleAveragesSquaresThatTheNetworkTakes() {
    let expected = meanProbabilities(Self.image, sizes: [(16, 16), (32, 32), (48, 48)], flip: true)
    let mask = predictor(.trained, Averaging(scales: [0.6, 1, 1.5], flip: true)).mask(for: Self.image)
    expectLargest(mask.indices, of: expected)
  }

  /// Tiles with margins of the radius, cut at odd places by mirrored and scaled views.
  @Test func tiledViewsGiveTheMaskOfWholeOnes() throws {
    let large = picture(420, 60) { x, y in ((5 * x + y * y) % 256, (7 * y + x) % 256, (x * y) % 256) }
    let averaging = Averaging(scales: [0.75, 1.25], flip: true)
    let whole = predictor(.original(tile: 1024), averaging).mask(for: large)
    let tiled = predictor(.original(tile: 400, margin: .receptiveField), averaging).mask(for: large)
    let different = zip(whole.indices, tiled.indices).count { $0 != $1 }
    #expect(different <= whole.indices.count / 10_000)
    #expect(Set(whole.indices).count > 1)
    let small = predictor(.original(tile: 64, margin: 0), averaging).mask(for: large)
    #expect(zip(whole.indices, small.indices).count { $0 != $1 } > whole.indices.count / 1000)
  }

  @Test func aSymmetricPictureHasASymmetricMask() {
    let symmetric = picture(48, 32) { x, y in ((9 * min(x, 47 - x)) % 256, (7 * y) % 256, (min(x, 47 - x) * y) % 256) }
    func isSymmetric(_ averaging: Averaging) -> Bool {
      let mask = predictor(.original(), averaging).mask(for: symmetric)
      return mask == mask.flippedHorizontally()
    }
    #expect(!isSymmetric(.none))
    #expect(isSymmetric(Averaging(flip: true)))
  }

  @Test func scalesThatAreNoneStop() async {
    let none = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = Averaging(scales: [])
    }
    let infinite = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = Averaging(scales: [1, .infinity])
    }
    for (result, list) in [(none, "[]"), (infinite, "[1.0, inf]")] {
      let message = result.map { String(decoding: $0.standardErrorContent, as: UTF8.self) } ?? ""
      #expect(message.contains("Averaging: expects at least one positive scale; got \(list)"))
    }
  }
}

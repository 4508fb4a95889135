import Synchronization
import TesseraAutograd
import TesseraImaging
import TesseraNetworks
import TesseraSegmentation
import TesseraTensors

/// A network without weights that remembers what it was shown: its logits are a function of each pixel alone.
final class PixelwiseModel: SegmentationModel {
  struct Configuration: NetworkConfiguration {
    static let name = "pixelwise"
    var classes: Int
    var sizeMultiple = 16
    /// The value in 0...255 is the value that the network sees.
    var normalization = ImageNormalization(order: .rgb, mean: [0, 0, 0], deviation: [1, 1, 1])

    init(classes: Int) { self.classes = classes }

    func makeNetwork(random: RandomStream) -> PixelwiseModel { .byRed(classes: classes, sizeMultiple: sizeMultiple) }
  }

  let configuration: Configuration
  let receptiveRadius: Int?
  private let scores: @Sendable (_ pixel: ArraySlice<Float>) -> [Float]
  private let shown = Mutex<[Tensor]>([])
  var seen: [Tensor] { shown.withLock { $0 } }

  init(
    classes: Int, sizeMultiple: Int = 16, receptiveRadius: Int? = 0,
    scores: @escaping @Sendable (_ pixel: ArraySlice<Float>) -> [Float]
  ) {
    self.receptiveRadius = receptiveRadius
    var configuration = Configuration(classes: classes)
    configuration.sizeMultiple = sizeMultiple
    self.configuration = configuration
    self.scores = scores
  }

  /// The class of a pixel is its red value.
  static func byRed(classes: Int, sizeMultiple: Int = 16, receptiveRadius: Int? = 0) -> PixelwiseModel {
    PixelwiseModel(classes: classes, sizeMultiple: sizeMultiple, receptiveRadius: receptiveRadius) { pixel in
      (0..<classes).map { -abs(pixel.first! - Float($0)) }
    }
  }

  func callAsFunction(_ images: Variable) -> Variable {
    // A pass that is only recorded shows nothing.
    if images.tape == nil { shown.withLock { $0.append(images.value) } }
    let pixels = images.value.scalars
    let logits = stride(from: 0, to: pixels.count, by: 3).flatMap { scores(pixels[$0..<$0 + 3]) }
    let shape = images.shape
    return Variable(Tensor(logits, shape: [shape[0], shape[1], shape[2], configuration.classes]))
  }
}

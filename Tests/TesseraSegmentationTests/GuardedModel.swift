import Synchronization
import TesseraAutograd
import TesseraNetworks
import TesseraSegmentation
import TesseraTensors

/// A network whose pass `body` accompanies, and that counts how many passes run at once; the class of a pixel is its
/// red value.
final class GuardedModel: SegmentationModel {
  struct Configuration: NetworkConfiguration {
    static let name = "guarded"
    var classes: Int
    var normalization = ImageNormalization(mean: [0, 0, 0], deviation: [1, 1, 1])
    var sizeMultiple: Int { 1 }
    init(classes: Int) { self.classes = classes }
    func makeNetwork(random: RandomStream) -> GuardedModel { GuardedModel() }
  }

  let configuration = Configuration(classes: 8)
  let receptiveRadius: Int? = 0
  private let body: @Sendable () -> Void
  private let passes = Mutex((now: 0, most: 0, all: 0))

  init(_ body: @escaping @Sendable () -> Void = {}) { self.body = body }

  /// The most passes that ran at once.
  var most: Int { passes.withLock { $0.most } }
  /// All passes that began.
  var count: Int { passes.withLock { $0.all } }

  func callAsFunction(_ images: Variable) -> Variable {
    passes.withLock { ($0.now, $0.most, $0.all) = ($0.now + 1, max($0.most, $0.now + 1), $0.all + 1) }
    defer { passes.withLock { $0.now -= 1 } }
    body()
    let shape = images.shape
    let reds = stride(from: 0, to: images.value.count, by: 3).map { images.value.scalars[$0] }
    let logits = reds.flatMap { red in (0..<8).map { -abs(red - Float($0)) } }
    return Variable(Tensor(logits, shape: [shape[0], shape[1], shape[2], 8]))
  }
}

import CKernels
import TesseraTensors

/// How a loss changes with the facts of a ``LabeledSoftmax``: what its terms add to, each for itself.
package struct SoftmaxSlopes {
  /// How much the loss falls as the logarithm of each row's label rises, and with it the mean of all classes'
  /// logarithms, `[rows]`; empty if the loss does not look at them.
  package private(set) var pulls: [Float] = []
  /// The part of a pull that the mean has, divided by the number of classes, `[rows]`; empty if none has one.
  package private(set) var floors: [Float] = []
  /// By the sums of probabilities, `[classes]`; empty if the loss does not look at them.
  package var sums: [Double] = []
  /// By the overlaps, `[classes]`.
  package var overlaps: [Double] = []
  /// By the probability of each row's label, `[rows]`; empty if the loss does not look at it.
  package var owns = Tensor.zeros([0])
  /// By single probabilities of other classes; `nil` if the loss does not look at them.
  package var others: ProbabilityTiles?

  private let rows: Int
  private let isSmoothed: Bool

  /// - Parameter softmax: what the loss is made of.
  package init(of softmax: LabeledSoftmax, smoothed: Bool) {
    (rows, isSmoothed) = (softmax.rows, smoothed)
    if !softmax.sums.isEmpty {
      sums = [Double](repeating: 0, count: softmax.classes)
      overlaps = sums
    }
  }

  /// Calls `body` with what belongs to rows; `floors` is `nil` where nothing is smoothed.
  package mutating func withRows<Result>(
    _ body: (_ pulls: UnsafeMutablePointer<Float>, _ floors: UnsafeMutablePointer<Float>?) -> Result
  ) -> Result {
    if pulls.isEmpty {
      pulls = [Float](repeating: 0, count: rows)
      if isSmoothed { floors = pulls }
    }
    // Taken out, since both are changed at a time.
    var (pulls, floors) = (self.pulls, self.floors)
    (self.pulls, self.floors) = ([], [])
    defer { (self.pulls, self.floors) = (pulls, floors) }
    return pulls.withUnsafeMutableBufferPointer { pulls in
      floors.withUnsafeMutableBufferPointer { floors in
        body(pulls.baseAddress!, floors.isEmpty ? nil : floors.baseAddress)
      }
    }
  }

  /// Calls `body` with all that kernels need, of which rows are taken by ``KernelSlopes/from(row:adds:)``.
  func withKernelSlopes(_ body: (KernelSlopes) -> Void) {
    let (sums, overlaps) = (sums.map { Float($0) }, overlaps.map { Float($0) })
    pulls.withUnsafeBufferPointer { pulls in
      floors.withUnsafeBufferPointer { floors in
        owns.withUnsafeBufferPointer { owns in
          sums.withUnsafeBufferPointer { sums in
            overlaps.withUnsafeBufferPointer { overlaps in
              body(KernelSlopes(pulls: pulls, floors: floors, owns: owns, sums: sums, overlaps: overlaps))
            }
          }
        }
      }
    }
  }
}

/// The memory of ``SoftmaxSlopes``; what is empty is missing.
struct KernelSlopes {
  let pulls, floors, owns, sums, overlaps: UnsafeBufferPointer<Float>

  /// - Parameters:
  ///   - row: the first row.
  ///   - adds: whether the gradient's memory holds slopes by probabilities of other classes.
  func from(row: Int, adds: Bool) -> tk_loss_slopes {
    func start(_ memory: UnsafeBufferPointer<Float>, _ offset: Int) -> UnsafePointer<Float>? {
      memory.isEmpty ? nil : memory.baseAddress.map { $0 + offset }
    }
    return tk_loss_slopes(
      pulls: start(pulls, row), floors: start(floors, row), sums: start(sums, 0), overlaps: start(overlaps, 0),
      owns: start(owns, row), adds: adds)
  }
}

import Dispatch
import Tessera

/// Makes answers from pictures' files: decoding, the network's pass, encoding.
struct Segmenter: Sendable {
  /// A finished answer with the seconds of each stage.
  struct Answer: Sendable {
    let bytes: [UInt8]
    let pixels: Int
    let stages: [(stage: Stage, seconds: Double)]
  }

  /// What an answer's time is spent on.
  enum Stage: String, CaseIterable {
    case upload, wait, decode, network, encode
  }

  let pixelLimit: Int
  let predict: @Sendable (Image) async throws -> Mask

  /// Decodes the file, computes its mask and encodes it; called in a place of a `PassQueue`.
  ///
  /// - Throws: 413, 415 or 422 if the file is no picture that can be segmented; `CancellationError` between the stages
  ///   or before the network's next tile.
  func answer(to file: @escaping @Sendable () -> [UInt8], as form: MaskForm, opacity: Double) async throws -> Answer {
    var stages: [(stage: Stage, seconds: Double)] = []
    func timed<Result>(_ stage: Stage, _ work: () async throws -> Result) async throws -> Result {
      try Task.checkCancellation()
      let start = ContinuousClock.now
      defer { stages.append((stage, (ContinuousClock.now - start) / .seconds(1))) }
      return try await work()
    }
    do {
      let image = try await timed(.decode) {
        try await onThread { [pixelLimit] in
          try Image(decoding: file(), name: "picture", pixelLimit: pixelLimit)
        }
      }
      try checkSides(of: image)
      let mask = try await timed(.network) { try await predict(image) }
      let bytes = try await timed(.encode) {
        try await onThread {
          switch form {
          case .indices: try mask.encoded()
          case .overlay: try mask.overlaid(on: image, opacity: opacity).encoded(as: .jpeg())
          case .summary: MaskSummary(of: mask).json
          }
        }
      }
      return Answer(bytes: bytes, pixels: image.width * image.height, stages: stages)
    } catch let error as ImageError {
      throw Problem(error)
    }
  }

  /// - Throws: 413 if the picture has too many pixels, where no side counts as less than `ServerLimits.shortestSide`.
  private func checkSides(of image: Image) throws {
    let (width, height) = (max(image.width, ServerLimits.shortestSide), max(image.height, ServerLimits.shortestSide))
    guard width * height > pixelLimit else { return }
    throw Problem(
      .contentTooLarge,
      "picture: \(image.width) x \(image.height) pixels take as much as \(width) x \(height), which are more than the "
        + "limit of \(pixelLimit); send a part of the picture")
  }
}

/// Runs `work` on a thread of its own, so that it does not occupy those that tasks share.
private func onThread<Result: Sendable>(_ work: @escaping @Sendable () throws -> Result) async throws -> Result {
  try await withCheckedThrowingContinuation { continuation in
    DispatchQueue.global().async { continuation.resume(with: Swift.Result(catching: work)) }
  }
}

extension Problem {
  /// What a picture's fault means for the client.
  init(_ error: ImageError) {
    switch error {
    case .tooLarge: self.init(.contentTooLarge, error.description)
    case .notAPicture, .unsupported: self.init(.unsupportedMediaType, error.description)
    case .truncated, .damaged, .unwritable: self.init(.unprocessableContent, error.description)
    case .unreadable: self.init(.serviceUnavailable, error.description, retryAfter: 1)
    }
  }
}

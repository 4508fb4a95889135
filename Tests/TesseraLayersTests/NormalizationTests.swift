import TesseraAutograd
import TesseraKernels
import TesseraLayers
import TesseraTensors
import TestSupport
import Testing

@Suite struct NormalizationTests {
  static let scale = Tensor.random([4], seed: 2, in: 0.5..<2)
  static let offset = Tensor.random([4], seed: 3)

  /// A training step's output and the two statistics by their formulas.
  @Test(arguments: [BatchNorm.Convention.keras, .pyTorch])
  func batchNormMovesItsStatisticsAsItsConventionSays(_ convention: BatchNorm.Convention) {
    let norm = BatchNorm(4, convention: convention)
    norm.scale.value = Self.scale
    norm.offset.value = Self.offset
    norm.runningMean.value = Tensor.random([4], seed: 4)
    norm.runningVariance.value = Tensor.random([4], seed: 5, in: 1..<2)
    let (oldMean, oldVariance) = (DoubleArray(norm.runningMean.value), DoubleArray(norm.runningVariance.value))
    let input = Tensor.random([2, 3, 2, 4], in: -1..<4)
    let x = DoubleArray(input)
    let output = norm(Tape().input(input)).value
    let normalized = Oracle.normalize(x, along: [0, 1, 2], epsilon: Double(convention.epsilon))
    let expected = normalized.combined(with: DoubleArray(Self.scale), *).combined(with: DoubleArray(Self.offset), +)
    expectClose(output, expected, tolerance: 2e-6)

    let mean = x.mean(along: [0, 1, 2])
    let squares = x.combined(with: mean, -).map { $0 * $0 }
    // 12 pixels: Bessel's correction is 12 / 11.
    let variance = squares.mean(along: [0, 1, 2]).map { convention == .pyTorch ? $0 * 12 / 11 : $0 }
    let stays = convention == .pyTorch ? 0.9 : 0.99
    func moved(_ old: DoubleArray, _ new: DoubleArray) -> DoubleArray {
      old.combined(with: new.reshaped(to: [4])) { stays * $0 + (1 - stays) * $1 }
    }
    expectClose(norm.runningMean.value, moved(oldMean, mean), tolerance: 1e-6, "mean")
    expectClose(norm.runningVariance.value, moved(oldVariance, variance), tolerance: 1e-6, "variance")
  }

  @Test func batchNormInInferenceUsesItsStatisticsAndLeavesThem() {
    let norm = BatchNorm(4)
    norm.scale.value = Self.scale
    norm.offset.value = Self.offset
    norm.runningMean.value = Tensor.random([4], seed: 4)
    norm.runningVariance.value = Tensor.random([4], seed: 5, in: 1..<2)
    let (mean, variance) = (norm.runningMean.value, norm.runningVariance.value)
    func oracle(_ inputs: [DoubleArray]) -> DoubleArray {
      inputs[0].combined(with: DoubleArray(mean), -)
        .combined(with: DoubleArray(variance).map { ($0 + 1e-3).squareRoot() }, /)
        .combined(with: DoubleArray(Self.scale), *).combined(with: DoubleArray(Self.offset), +)
    }
    let input = Tensor.random([2, 3, 2, 4], in: -1..<4)
    expectClose(norm(Variable(input)).value, oracle([DoubleArray(input)]), tolerance: 2e-6, "without a tape")
    // Frozen statistics: gradients flow, as through a linear map.
    expectGradients(of: { norm($0[0]) }, match: oracle, at: [input], mode: .inference, "on an inference tape")
    #expect(norm.runningMean.value == mean && norm.runningVariance.value == variance)
  }

  @Test func aFrozenBatchNormActsInTrainingAsInInference() {
    let norm = BatchNorm(4)
    norm.runningMean.value = Tensor.random([4], seed: 4)
    norm.runningVariance.value = Tensor.random([4], seed: 5, in: 1..<2)
    let (mean, variance) = (norm.runningMean.value, norm.runningVariance.value)
    let input = Tensor.random([2, 3, 2, 4], in: -1..<4)
    norm.scale.isTrainable = false
    norm.offset.isTrainable = false
    #expect(norm(Tape().input(input)).value == norm(Variable(input)).value)
    #expect(norm.runningMean.value == mean && norm.runningVariance.value == variance)
    // Gradients flow through it to what lies below.
    let tape = Tape()
    let x = tape.variable(input)
    #expect(tape.gradients(of: norm(x).sum())[x] != nil)
    // One of both that trains is enough to train.
    norm.offset.isTrainable = true
    #expect(norm(Tape().input(input)).value != norm(Variable(input)).value)
    #expect(norm.runningMean.value != mean && norm.runningVariance.value != variance)
  }

  @Test func batchNormTrainsItsScaleAndOffsetAndNotItsStatistics() {
    let norm = BatchNorm(4)
    let tape = Tape()
    let gradients = tape.gradients(of: norm(tape.input(.random([2, 3, 4]))).squared().sum())
    #expect(gradients[norm.scale] != nil && gradients[norm.offset] != nil)
    #expect(gradients[norm.runningMean] == nil && gradients[norm.runningVariance] == nil)
  }

  @Test(arguments: [1, 2, 4])
  func groupNormNormalizesGroupsOfChannelsOfEachPicture(_ groups: Int) {
    let norm = GroupNorm(4, groups: groups)
    norm.scale.value = Self.scale
    norm.offset.value = Self.offset
    expectGradients(
      of: { norm($0[0]) },
      match: {
        Oracle.normalize($0[0].reshaped(to: [2, 6, groups, 4 / groups]), along: [1, 3], epsilon: 1e-3)
          .reshaped(to: [2, 3, 2, 4]).combined(with: DoubleArray(Self.scale), *)
          .combined(with: DoubleArray(Self.offset), +)
      }, at: [.random([2, 3, 2, 4], in: -1..<3)], tolerance: 5e-5)
  }

  @Test func layerNormNormalizesTheLastAxis() {
    let norm = LayerNorm(4, epsilon: 1e-5)
    norm.scale.value = Self.scale
    norm.offset.value = Self.offset
    expectGradients(
      of: { norm($0[0]) },
      match: {
        Oracle.normalize($0[0], along: [1], epsilon: 1e-5).combined(with: DoubleArray(Self.scale), *)
          .combined(with: DoubleArray(Self.offset), +)
      }, at: [.random([6, 4], in: -1..<3)], tolerance: 5e-5)
  }

  @Test func otherChannelsStopWithBothShapes() async throws {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = BatchNorm(8)(Variable(.zeros([1, 4, 4, 6])))
    }
    let text = String(decoding: try #require(result).standardErrorContent, as: UTF8.self)
    #expect(text.contains("BatchNorm: expects [..., 8] of rank 2 or more; got [1, 4, 4, 6]"))
  }
}

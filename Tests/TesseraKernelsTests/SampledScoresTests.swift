import TesseraKernels
import TesseraTensors
import TestSupport
import Testing

@Suite struct SampledScoresTests {
  static let sizes: [(from: (Int, Int), to: (Int, Int))] = [
    ((4, 5), (8, 10)), ((3, 3), (7, 5)), ((8, 9), (4, 3)), ((1, 1), (4, 4)), ((5, 4), (5, 4)), ((2, 3), (32, 21)),
  ]

  /// Scores `[height][width][classes]` in Double at the size `to`.
  private func resized(_ scores: Tensor, _ to: (Int, Int)) -> [Double] {
    Oracle.bilinear(DoubleArray(scores), to: to.0, to.1).scalars
  }

  private func samples(_ scores: Tensor, _ to: (Int, Int)) -> SampledScores {
    SampledScores(
      scores, rows: InterpolationSteps(.bilinear, from: scores.shape[1], to: to.0),
      columns: InterpolationSteps(.bilinear, from: scores.shape[2], to: to.1))
  }

  @Test(arguments: sizes) func theLargestScoreIsThatOfTheResizedPicture(_ from: (Int, Int), _ to: (Int, Int)) {
    let classes = 7
    let scores = Tensor.random([1, from.0, from.1, classes])
    let large = resized(scores, to)
    let found = samples(scores, to).largest(excluding: 2)
    #expect(found.any.count == to.0 * to.1 && found.allowed.count == to.0 * to.1)
    for pixel in 0..<to.0 * to.1 {
      let values = Array(large[pixel * classes..<(pixel + 1) * classes])
      let any = values.indices.max { values[$0] < values[$1] }
      let allowed = values.indices.filter { $0 != 2 }.max { values[$0] < values[$1] }
      #expect(any == Int(found.any[pixel]) && allowed == Int(found.allowed[pixel]))
    }
  }

  @Test func theFirstOfEqualScoresWinsAndExcludedOnesNever() {
    let scores = Tensor([1, 3, 3, 5, 5, 0, 2, 2, 2], shape: [1, 1, 3, 3])
    #expect(SampledScores(scores).largest().any == [1, 0, 0])
    #expect(SampledScores(scores).largest().allowed == [1, 0, 0])
    #expect(SampledScores(scores).largest(excluding: 0).allowed == [1, 1, 1])
    #expect(SampledScores(scores).largest(excluding: 1).allowed == [2, 0, 0])
    #expect(SampledScores(scores).largest(excluding: 255).allowed == [1, 0, 0])
  }

  @Test(arguments: sizes) func probabilitiesOfSeveralPicturesAddUp(_ from: (Int, Int), _ to: (Int, Int)) {
    let classes = 5
    let pictures = [Tensor.random([1, from.0, from.1, classes]), .random([1, 6, 2, classes]) * 4]
    var sum = Tensor.zeros([1, to.0, to.1, classes])
    for scores in pictures { samples(scores, to).addProbabilities(to: &sum) }
    let expected = pictures.map { scores in
      Oracle.softmax(Oracle.bilinear(DoubleArray(scores), to: to.0, to.1))
    }
    expectClose(sum, expected[0].combined(with: expected[1], +), tolerance: 1e-6, "sum")
  }

  /// A block from a window around it is the block of the whole, mirrored too.
  @Test(arguments: [false, true]) func partsAreThoseOfTheWhole(isMirrored: Bool) {
    let scores = Tensor.random([1, 9, 11, 4])
    var (rows, columns) = (
      InterpolationSteps(.bilinear, from: 9, to: 20), InterpolationSteps(.bilinear, from: 11, to: 23)
    )
    if isMirrored { (rows, columns) = (rows.reversed, columns.reversed) }
    let whole = SampledScores(scores, rows: rows, columns: columns).largest().any
    let (rowBlock, columnBlock) = (5..<13, 2..<9)
    let (top, left) = (rows.source(of: rowBlock), columns.source(of: columnBlock))
    let cropped = Tensor(
      top.flatMap { y in left.flatMap { x in (0..<4).map { scores[0, y, x, $0] } } },
      shape: [1, top.count, left.count, 4])
    let part = SampledScores(
      cropped, rows: rows.part(rowBlock, from: top.lowerBound),
      columns: columns.part(columnBlock, from: left.lowerBound)
    ).largest().any
    #expect(part == rowBlock.flatMap { y in columnBlock.map { whole[y * 23 + $0] } })
    if isMirrored {
      let upright = SampledScores(
        scores, rows: InterpolationSteps(.bilinear, from: 9, to: 20),
        columns: InterpolationSteps(.bilinear, from: 11, to: 23)
      ).largest().any
      #expect(whole == upright.reversed())
    }
  }

  @Test func bitsDoNotDependOnTheNumberOfThreads() {
    let scores = Tensor.random([1, 13, 17, 30])
    expectSameBits {
      var sum = Tensor.zeros([1, 29, 31, 30])
      samples(scores, (29, 31)).addProbabilities(to: &sum)
      return [sum]
    }
  }

  @Test func pixelsOutsideTheScoresStop() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      let steps = InterpolationSteps(.bilinear, from: 4, to: 8)
      _ = SampledScores(.zeros([1, 3, 4, 2]), rows: steps, columns: steps)
    }
    let message = result.map { String(decoding: $0.standardErrorContent, as: UTF8.self) } ?? ""
    #expect(message.contains("SampledScores: rows and columns must lie in the scores [1, 3, 4, 2]"))
  }
}

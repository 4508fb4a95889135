import TesseraDatasets
import TesseraImaging
import TesseraScenes
import Testing

@Suite struct SyntheticScenesTests {
  @Test func aSceneIsTheSameEveryTime() {
    for index in [0, 7, 199] {
      let first = SyntheticScenes(count: 200, width: 96, height: 64, seed: 5).sample(at: index)
      let second = SyntheticScenes(count: 500, width: 96, height: 64, seed: 5).sample(at: index)
      #expect(first.image == second.image)
      #expect(first.mask == second.mask)
      #expect(first.name == second.name)
    }
  }

  @Test func indexAndSeedChangeTheScene() {
    let scenes = SyntheticScenes(count: 40, width: 48, height: 48, seed: 1)
    let masks = (0..<40).map { scenes.sample(at: $0).mask.indices }
    #expect(Set(masks).count == 40)
    let others = SyntheticScenes(count: 40, width: 48, height: 48, seed: 2)
    #expect((0..<40).allSatisfy { others.sample(at: $0).mask.indices != masks[$0] })
  }

  @Test func everyClassOccursAndNoneIsNearlyEverything() {
    let scenes = SyntheticScenes(count: 200, width: 64, height: 64)
    var pixels = [Int](repeating: 0, count: scenes.labelSpace.count)
    var pictures = pixels
    for index in 0..<200 {
      let indices = scenes.sample(at: index).mask.indices
      for kind in indices { pixels[Int(kind)] += 1 }
      for kind in Set(indices) { pictures[Int(kind)] += 1 }
    }
    #expect(scenes.labelSpace.count >= 8)
    #expect(scenes.labelSpace.void == nil)
    for (kind, name) in scenes.labelSpace.classes.map(\.name).enumerated() {
      #expect(pictures[kind] >= 40, "\(name) occurs in \(pictures[kind]) of 200 scenes")
      #expect(Double(pixels[kind]) / Double(200 * 64 * 64) > 0.01, "\(name) is too rare")
      #expect(Double(pixels[kind]) / Double(200 * 64 * 64) < 0.4, "\(name) is too common")
    }
  }

  @Test func outlinesAreVoidAndNothingElseIs() {
    let (plain, outlined) = (
      SyntheticScenes(count: 3, width: 48, height: 32), SyntheticScenes(count: 3, width: 48, height: 32, outlines: 255)
    )
    #expect(outlined.labelSpace.void == 255 && outlined.labelSpace.classes == plain.labelSpace.classes)
    for index in 0..<3 {
      let (before, after) = (plain.sample(at: index), outlined.sample(at: index))
      #expect(after.image == before.image && after.mask.unknownValues == nil)
      for (pixel, (kind, value)) in zip(before.mask.indices, after.mask.indices).enumerated() {
        let isEdge =
          (pixel % 48 < 47 && before.mask.indices[pixel + 1] != kind)
          || (pixel / 48 < 31 && before.mask.indices[pixel + 48] != kind)
        #expect(value == (isEdge ? 255 : kind))
      }
    }
  }

  @Test func aLargerDrawingShowsTheSameScene() {
    // Of nine pixels of a drawing three times as large, the middle one has the center of the small one.
    let scenes = SyntheticScenes(count: 20, width: 64, height: 64, seed: 3)
    for index in 0..<20 {
      let small = scenes.sample(at: index)
      let large = scenes.sample(at: index, width: 192, height: 192)
      var middles: [UInt16] = []
      for row in 0..<64 {
        for column in 0..<64 { middles.append(large.mask.indices[(3 * row + 1) * 192 + 3 * column + 1]) }
      }
      let differing = zip(middles, small.mask.indices).count { $0 != $1 }
      // Centers are computed in single precision: an edge may fall on either side.
      #expect(differing <= 4)
    }
  }

  @Test func theMaskFollowsWhatIsDrawn() {
    // Within a picture, neighbors of one class differ less in color than neighbors of two.
    let scenes = SyntheticScenes(count: 30, width: 128, height: 128, seed: 4)
    var (inside, across) = ((sum: 0.0, count: 0), (sum: 0.0, count: 0))
    for index in 0..<30 {
      let sample = scenes.sample(at: index)
      let (pixels, kinds) = (sample.image.pixels, sample.mask.indices)
      for row in 0..<128 {
        // Two pixels apart: the one between is blended.
        for column in 0..<126 {
          let (a, b) = (row * 128 + column, row * 128 + column + 2)
          var difference = 0
          for channel in 0..<3 { difference += abs(Int(pixels[3 * a + channel]) - Int(pixels[3 * b + channel])) }
          if kinds[a] == kinds[b] {
            inside = (inside.sum + Double(difference), inside.count + 1)
          } else {
            across = (across.sum + Double(difference), across.count + 1)
          }
        }
      }
    }
    #expect(across.sum / Double(across.count) > 4 * inside.sum / Double(inside.count))
  }

  @Test func thePictureIsDrawnAtAnySize() {
    let scenes = SyntheticScenes(count: 3, width: 160, height: 90, seed: 9)
    let natural = scenes.sample(at: 2)
    #expect(natural.image.width == 160 && natural.image.height == 90)
    #expect(natural.mask.width == 160 && natural.mask.height == 90)
    let tiny = scenes.sample(at: 2, width: 1, height: 1)
    #expect(tiny.image.pixels.count == 3)
    #expect(tiny.mask.indices.count == 1)
  }

  @Test func namesAndColorsAreDistinct() {
    let classes = SyntheticScenes(count: 1).labelSpace.classes
    #expect(Set(classes.map(\.name)).count == classes.count)
    #expect(Set(classes.map(\.color)).count == classes.count)
  }

  @Test func anIndexBeyondTheCountStops() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = SyntheticScenes(count: 3).sample(at: 3)
    }
    let message = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    #expect(message.contains("SyntheticScenes: there is no scene 3 among 3"))
  }
}

import TesseraAutograd
import TesseraImaging
import TesseraKernels
import TesseraNetworks
import TesseraSegmentation
import TesseraTensors
import TestSupport
import Testing

/// A trained network as another one's teacher: what it sees, and which of its outputs are whose.
@Suite struct TeacherTests {
  private static let space = LabelSpace(names: ["road", "car", "sky"], void: 255)

  private func checkpoint(
    _ names: [String] = ["road", "car", "sky"], void: Int? = 255, size: ImageSize = 32, framing: Framing = .stretch,
    normalization: ImageNormalization = .torchvision
  ) -> SegmentationCheckpoint {
    let model = UNet(
      .init(classes: names.count, width: 2, normalization: normalization), random: RandomStream(seed: 3))
    return SegmentationCheckpoint(
      model: model, labelSpace: LabelSpace(names: names, void: void), imageSize: size, framing: framing)
  }

  private func teacher(
    _ checkpoint: SegmentationCheckpoint, for space: LabelSpace = space, size: ImageSize = 32,
    framing: Framing = .stretch, channels: Int = 3
  ) throws -> Teacher {
    try Teacher(
      checkpoint, named: "t.safetensors", for: space, imageSize: size, framing: framing, channels: channels,
      weight: 0.25,
      temperature: 3)
  }

  @Test func itSeesPicturesAsItsWeightsExpect() throws {
    let images = Tensor.random([2, 32, 32, 3], seed: 1, in: 0..<255)
    let checkpoint = checkpoint()
    let teacher = try teacher(checkpoint)
    let expected = checkpoint.model(Variable(ImageNormalization.torchvision(images))).value
    // The third time by a plan.
    for _ in 0..<3 { #expect(teacher.logits(of: images).logits == expected) }
    let lesson = teacher.logits(of: images)
    #expect(lesson.weight == 0.25 && lesson.temperature == 3 && !teacher.seesOtherFraming && teacher.leftOut.isEmpty)
  }

  @Test(
    arguments: [
      (Framing.stretch, Framing.stretch, ImageSize(width: 64, height: 48), ImageSize(32), false),
      (.stretch, .stretch, 32, 48, false), (.pad, .pad, 64, 32, false),
      (.pad, .pad, ImageSize(width: 64, height: 48), ImageSize(width: 32, height: 32), false),
      (.crop(scale: 0.5), .crop(), 16, 32, false), (.crop(), .crop(scale: 0.5), 64, 32, false),
      (.crop(), .stretch, 32, 32, true), (.stretch, .pad, 32, 32, true), (.pad, .stretch, 48, 40, true),
    ] as [(Framing, Framing, ImageSize, ImageSize, Bool)])
  func itSeesPicturesAtTheSizeOrScaleOfItsOwn(
    own: Framing, framing: Framing, sight: ImageSize, size: ImageSize, isOther: Bool
  ) throws {
    let trained: ImageSize = own == .stretch || own == .pad ? (isOther ? 64 : sight) : 96
    let checkpoint = checkpoint(size: trained, framing: own)
    let teacher = try teacher(checkpoint, size: size, framing: framing)
    let expected: ImageSize =
      own == .pad && framing == .pad && sight.width != sight.height ? ImageSize(width: 48, height: 48) : sight
    #expect(teacher.imageSize == expected && teacher.seesOtherFraming == isOther)
    let images = Tensor.random([1, size.height, size.width, 3], seed: 2, in: 0..<255)
    let seen = images.resized(to: Extent(height: expected.height, width: expected.width), .bilinear)
    let logits = checkpoint.model(Variable(ImageNormalization.torchvision(seen))).value
    let scores = logits.resized(to: Extent(height: size.height, width: size.width), .bilinear)
    expectClose(teacher.logits(of: images).logits, scores, tolerance: 1e-6, "logits")
  }

  /// A teacher of more classes in another order gives the same loss as its logits put in order.
  @Test func classesAreFoundByTheirNames() throws {
    let wide = ["void", "Sky", "tree", "Road", "car"]
    let checkpoint = checkpoint(wide, void: 0)
    let images = Tensor.random([1, 32, 32, 3], seed: 1, in: 0..<255)
    let masks = MaskBatch(
      indices: (0..<1024).map { Int32($0 % 5 == 4 ? 255 : $0 % 3) }, count: 1, height: 32, width: 32,
      labelSpace: Self.space)
    let teacher = try teacher(checkpoint)
    #expect(teacher.leftOut == ["tree"])
    let student = Variable(Tensor.random([1, 32, 32, 3], seed: 9))
    let raw = checkpoint.model(Variable(ImageNormalization.torchvision(images))).value
    let ordered = Tensor(shape: [1, 32, 32, 3]) { out in
      for pixel in 0..<1024 {
        for (place, output) in [3, 4, 1].enumerated() { out[3 * pixel + place] = raw.scalars[5 * pixel + output] }
      }
    }
    let found = SegmentationLoss.dice(student, masks, teacher: teacher.logits(of: images))
    let expected = SegmentationLoss.dice(
      student, masks, teacher: TeacherLogits(ordered, weight: 0.25, temperature: 3))
    #expect(found.mean.value.item == expected.mean.value.item)
  }

  @Test func whatItCannotTeachIsRefused() throws {
    let lacking = #expect(throws: TeacherError.self) { try teacher(checkpoint(["road", "tree", "hill"])) }
    #expect(
      lacking?.description
        == "t.safetensors cannot teach 3 classes: it knows nothing of car, sky; take a teacher of these classes, or leave "
        + "them out of the data with --only-classes")
    // What was void to it is no class that it knows.
    #expect(throws: TeacherError.missingClasses("t.safetensors", ["car"], of: 3)) {
      try teacher(checkpoint(void: 1))
    }
    let bands = #expect(throws: TeacherError.self) { try teacher(checkpoint(), channels: 4) }
    #expect(
      bands?.description
        == "t.safetensors cannot teach: it sees pictures with 3 channels, and these have 4; take a teacher that was "
        + "trained on such pictures")
  }

  @Test func itKnowsItsOwnWeightsAndHasAChecksumOfAllThatCounts() throws {
    let own = checkpoint()
    let first = try teacher(own)
    #expect(first.hasWeights(of: own.model) && first.hasWeights(of: checkpoint().model))
    let other = UNet(.init(classes: 3, width: 2, normalization: .torchvision), random: RandomStream(seed: 4))
    #expect(!first.hasWeights(of: other))
    #expect(!first.hasWeights(of: UNet(.init(classes: 3, width: 4), random: RandomStream(seed: 3))))
    #expect(try first.checksum == teacher(checkpoint()).checksum)
    let changed = try [
      teacher(checkpoint(size: 48)), teacher(checkpoint(normalization: .unit)),
      teacher(checkpoint(["car", "road", "sky"])),
      teacher(
        SegmentationCheckpoint(model: other, labelSpace: Self.space, imageSize: 32)),
    ]
    #expect(Set(changed.map(\.checksum) + [first.checksum]).count == 5)
  }
}

import TesseraDatasets
import TesseraImaging
import TesseraTensors

/// What looking at one picture and its mask shows; small, as all of a data set's are kept.
struct PairEvidence: Sendable {
  var traits: PictureTraits?
  /// Of the upright picture.
  var size: ImageSize?
  var isGray = false
  /// The standard deviation of its brightness, 0...255.
  var contrast: Float?
  var likeness: PictureLikeness?
  /// What decoding the picture throws, although its structure is sound.
  var fault: ImageError?
  var traces: MaskTraces?
  /// The classes in the mask, void excepted.
  var classes: Set<Int>?
  /// The pixels of the mask.
  var pixels = 0
  /// Those of them that training never sees, because the reduced mask lacks them, by factors of the training size.
  var vanished: [Set<Int>] = []
  var alignment: EdgeAlignment?

  /// The multiples of the training size at which classes are looked for.
  static let factors = [1, 2, 4]
}

/// Reads pairs for what only their pixels tell.
struct PairExamination: Sendable {
  let dataset: FolderDataset
  /// The size of training.
  let imageSize: ImageSize

  /// Decodes both files of a pair; what cannot be read is left out.
  ///
  /// - Returns: what is kept of the pair, and the scores of its mask at all offsets.
  func examine(_ index: Int) -> (evidence: PairEvidence, map: [Float]?) {
    var evidence = PairEvidence()
    let files = dataset.files[index]
    let mask = mask(at: index, &evidence)
    var gray: GrayMap?
    if let bytes = try? FileBytes.read(files.image) {
      evidence.traits = PictureTraits(of: bytes)
      do throws(ImageError) {
        let header = PictureHeader(of: bytes).map { ImageSize(width: $0.width, height: $0.height) }
        let wanted = header.map(EdgeAlignment.size)
        let decoded = try DecodedPixels(
          decoding: bytes, name: files.image, atLeast: wanted.map { ($0.width, $0.height) })
        let size = ImageSize(width: decoded.fullWidth, height: decoded.fullHeight)
        evidence.size = size
        let image = decoded.pixels.shown
        let whole = GrayMap(image)
        (evidence.isGray, evidence.contrast) = (whole.isGray && decoded.pixels.channels == 3, whole.contrast)
        evidence.likeness = PictureLikeness(whole)
        let reduced = EdgeAlignment.size(of: size)
        gray = GrayMap(image.resized(toWidth: reduced.width, height: reduced.height))
      } catch {
        evidence.fault = error
      }
    }
    guard let mask, let gray, let size = evidence.size, size == ImageSize(width: mask.width, height: mask.height) else {
      return (evidence, nil)
    }
    let measured = EdgeAlignment.measured(
      gray, mask.resized(toWidth: gray.width, height: gray.height), void: dataset.labelSpace.void,
      scale: Float(max(size.width, size.height)) / Float(max(gray.width, gray.height)))
    evidence.alignment = measured?.alignment
    return (evidence, measured?.map)
  }

  /// The mask, of classes if all values are; what its numbers tell goes to `evidence`.
  private func mask(at index: Int, _ evidence: inout PairEvidence) -> Mask? {
    let files = dataset.files[index]
    if case .numbers = files.storage.kind, let bytes = try? FileBytes.read(files.mask),
      let numbers = try? Mask(numbersIn: bytes, name: files.mask)
    {
      evidence.traces = MaskTraces(of: numbers)
      guard let mask = relabeled(numbers, files.storage.relabeling) else { return numbers }
      count(mask, &evidence)
      return mask
    }
    guard let mask = try? dataset.mask(at: index) else { return nil }
    count(mask, &evidence)
    return mask
  }

  private func relabeled(_ numbers: Mask, _ map: [Int: Int]?) -> Mask? {
    var indices = numbers.indices
    if let map {
      let table = (0...Int(indices.max() ?? 0)).map { map[$0].map { UInt16($0) } }
      for place in indices.indices {
        guard let index = table[Int(indices[place])] else { return nil }
        indices[place] = index
      }
    }
    let mask = Mask(
      width: numbers.width, height: numbers.height, indices: indices, labelSpace: dataset.labelSpace)
    return mask.unknownValues == nil ? mask : nil
  }

  private func count(_ mask: Mask, _ evidence: inout PairEvidence) {
    func classes(_ mask: Mask) -> Set<Int> {
      var found = Set(mask.histogram.keys)
      if let void = dataset.labelSpace.void { found.remove(void) }
      return found
    }
    let all = classes(mask)
    (evidence.classes, evidence.pixels) = (all, mask.width * mask.height)
    evidence.vanished = PairEvidence.factors.map { factor in
      let (width, height) = (imageSize.width * factor, imageSize.height * factor)
      if width >= mask.width && height >= mask.height { return [] }
      return all.subtracting(classes(mask.resized(toWidth: width, height: height)))
    }
  }
}

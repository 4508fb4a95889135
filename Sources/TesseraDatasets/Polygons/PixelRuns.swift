/// A set of a picture's pixels, as runs down its columns: pixel (x, y) has the number x * height + y.
///
/// This is the order of COCO's run-length masks; runs are in ascending order and do not touch.
struct PixelRuns: Sendable, Equatable {
  private(set) var runs: [Range<Int>]

  /// - Parameter runs: in any order; they may overlap.
  init(union runs: [Range<Int>]) {
    self.runs = []
    for run in runs.sorted(by: { $0.lowerBound < $1.lowerBound }) where !run.isEmpty {
      if let last = self.runs.last, run.lowerBound <= last.upperBound {
        self.runs[self.runs.count - 1] = last.lowerBound..<max(last.upperBound, run.upperBound)
      } else {
        self.runs.append(run)
      }
    }
  }

  /// - Parameter lengths: of pixels outside and inside in turn, as in COCO's `counts`.
  init(lengths: [UInt32]) {
    var (start, isInside, runs) = (0, false, [Range<Int>]())
    for length in lengths {
      let end = start + Int(length)
      if isInside { runs.append(start..<end) }
      (start, isInside) = (end, !isInside)
    }
    self.init(union: runs)
  }

  /// - Parameters:
  ///   - width: of a part of a picture.
  ///   - height: of the part.
  ///   - left: the part's first column in the picture.
  ///   - top: the part's first row.
  ///   - pictureHeight: the whole picture's.
  ///   - isInside: whether a pixel of the part, counted row by row, belongs to the set.
  init(
    width: Int, height: Int, left: Int = 0, top: Int = 0, of pictureHeight: Int, isInside: (Int) -> Bool
  ) {
    var runs: [Range<Int>] = []
    for x in 0..<width {
      for y in 0..<height where isInside(y * width + x) {
        let place = (left + x) * pictureHeight + top + y
        if runs.last?.upperBound == place {
          runs[runs.count - 1] = runs[runs.count - 1].lowerBound..<place + 1
        } else {
          runs.append(place..<place + 1)
        }
      }
    }
    self.runs = runs
  }

  /// The number of pixels.
  var count: Int { runs.reduce(0) { $0 + $1.count } }

  /// Lengths outside and inside in turn, for a picture of `total` pixels.
  func lengths(of total: Int) -> [UInt32] {
    var (lengths, end) = ([UInt32](), 0)
    for run in runs {
      lengths += [UInt32(run.lowerBound - end), UInt32(run.count)]
      end = run.upperBound
    }
    return lengths + [UInt32(total - end)]
  }

  /// Sets the pixels in `indices`, `[height, width]` row-major.
  func paint(_ index: UInt16, into indices: inout [UInt16], width: Int, height: Int) {
    for run in runs {
      var (x, y) = run.lowerBound.quotientAndRemainder(dividingBy: height)
      for _ in run {
        indices[y * width + x] = index
        y += 1
        if y == height { (x, y) = (x + 1, 0) }
      }
    }
  }

  /// COCO's compressed `counts`: differences to the length before the last, in groups of 5 bits, the lowest first; 32
  /// says that another group follows, and of the last group bit 16 is the sign. Each group is a character from "0" on.
  ///
  /// - Returns: the lengths; `nil` if the text is none of this kind.
  static func lengths(decompressing text: String) -> [UInt32]? {
    var lengths: [UInt32] = []
    var (value, shift) = (0, 0)
    for byte in text.utf8 {
      let group = Int(byte) - 48
      guard (0..<64).contains(group), shift <= 30 else { return nil }
      value |= (group & 31) << shift
      shift += 5
      if group & 32 != 0 { continue }
      if group & 16 != 0 { value |= -1 << shift }
      if lengths.count > 2 { value += Int(lengths[lengths.count - 2]) }
      guard let length = UInt32(exactly: value) else { return nil }
      lengths.append(length)
      (value, shift) = (0, 0)
    }
    return shift == 0 ? lengths : nil
  }
}

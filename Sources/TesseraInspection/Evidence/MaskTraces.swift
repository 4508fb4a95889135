import TesseraImaging

/// What in the numbers of a mask tells that it was scaled smoothly or compressed with loss: both make ramps of values
/// between those of two neighboring areas, which nobody drew.
struct MaskTraces: Sendable {
  /// The places where the values left and right, or above and below, differ by 2 or more.
  private(set) var edges = 0
  /// Those of them where the value between lies strictly between these two.
  private(set) var ramps = 0
  /// The first ramp: its place and the value between.
  private(set) var first: (x: Int, y: Int, value: Int)?

  /// Of masks drawn by people at most 3 % of the edges are ramps; after smooth scaling, rotation, or JPEG compression
  /// at least 33 % (ADE20K, CamVid, membranes).
  private static let telltale = 0.15
  private static let leastRamps = 50

  var areTelltale: Bool { ramps >= Self.leastRamps && Double(ramps) >= Self.telltale * Double(edges) }

  init(of mask: Mask) {
    let (width, height) = (mask.width, mask.height)
    mask.indices.withUnsafeBufferPointer { values in
      for y in 0..<height {
        for x in 0..<width {
          let place = y * width + x
          let value = values[place]
          var isRamp = false
          func look(_ before: UInt16, _ after: UInt16) {
            let (low, high) = (min(before, after), max(before, after))
            guard high - low >= 2 else { return }
            edges += 1
            if low < value && value < high {
              ramps += 1
              isRamp = true
            }
          }
          if x > 0 && x + 1 < width { look(values[place - 1], values[place + 1]) }
          if y > 0 && y + 1 < height { look(values[place - width], values[place + width]) }
          if isRamp && first == nil { first = (x, y, Int(value)) }
        }
      }
    }
  }
}

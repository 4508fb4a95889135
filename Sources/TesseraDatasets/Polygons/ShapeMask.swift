import TesseraImaging
import TesseraTensors

/// A mask as people draw it: outlines and areas of pixels, one over the other.
public struct ShapeMask: Sendable, Equatable {
  /// An object or area of one class.
  public struct Shape: Sendable, Equatable {
    /// The index of its class.
    public let index: Int
    public let geometry: Geometry

    public init(index: Int, geometry: Geometry) { (self.index, self.geometry) = (index, geometry) }
  }

  /// The pixels of a shape.
  public enum Geometry: Sendable, Equatable {
    /// All pixels within any of the polygons, each x and y in turn, in pixels from the picture's upper left corner.
    case polygons([[Double]])
    /// Numbers of pixels outside and inside in turn, down the columns, from left to right: COCO's runs.
    case runs([UInt32])
  }

  /// Which shape is seen where several lie.
  public enum Order: Sendable, Equatable {
    /// The one with the fewest pixels; of several, the one that is listed last.
    case smallestOnTop
    /// The one that is listed last.
    case lastOnTop
  }

  /// In pixels.
  public let width: Int
  /// In pixels.
  public let height: Int
  /// The index of pixels that no shape covers.
  public let background: Int
  public let shapes: [Shape]
  public let order: Order

  public init(width: Int, height: Int, background: Int, shapes: [Shape], order: Order) {
    require(width > 0 && height > 0, "ShapeMask: width and height must be positive; got \(width) x \(height)")
    (self.width, self.height, self.background) = (width, height, background)
    (self.shapes, self.order) = (shapes, order)
  }

  /// Draws all shapes; polygons as pycocotools does, to the bit.
  ///
  /// - Parameter name: identifies the mask in errors.
  /// - Throws: `ImageError` if there is not enough memory for the pixels.
  public func mask(name: String = "mask") throws -> Mask {
    var drawn = shapes.map { (index: UInt16(clamping: $0.index), pixels: pixels(of: $0.geometry)) }
    if order == .smallestOnTop {
      let sizes = drawn.map(\.pixels.count)
      drawn = drawn.indices.sorted { (sizes[$1], $0) < (sizes[$0], $1) }.map { drawn[$0] }
    }
    var indices = try PictureMemory.taking(2 * width * height, for: name) {
      [UInt16](repeating: UInt16(clamping: background), count: width * height)
    }
    for (index, pixels) in drawn { pixels.paint(index, into: &indices, width: width, height: height) }
    return Mask(width: width, height: height, indices: indices, labelSpace: LabelSpace(names: [], void: nil))
  }

  private func pixels(of geometry: Geometry) -> PixelRuns {
    switch geometry {
    case .polygons(let polygons):
      PixelRuns(union: polygons.flatMap { PolygonOutline.runs(of: $0, width: width, height: height) })
    case .runs(let lengths): PixelRuns(lengths: lengths)
    }
  }

  /// A number that changes with anything that is drawn.
  var checksum: UInt32 {
    var checksum = CRC32()
    func add<Number: BitwiseCopyable>(_ numbers: [Number]) { numbers.withUnsafeBytes { checksum.add($0) } }
    add([width, height, background, order == .lastOnTop ? 1 : 0])
    for shape in shapes {
      switch shape.geometry {
      case .polygons(let polygons):
        add([shape.index, polygons.count])
        for polygon in polygons {
          add([polygon.count])
          add(polygon)
        }
      case .runs(let lengths):
        add([shape.index, -1, lengths.count])
        add(lengths)
      }
    }
    return checksum.value
  }

  /// The number of numbers that describe it.
  var length: Int {
    shapes.reduce(0) { sum, shape in
      switch shape.geometry {
      case .polygons(let polygons): sum + polygons.reduce(0) { $0 + $1.count }
      case .runs(let lengths): sum + lengths.count
      }
    }
  }
}

import CKernels
import TesseraTensors

/// The tiles of a batch's grid, and where each one's pixels lie.
struct WinogradTiles {
  let scheme: WinogradScheme
  let grid: Extent
  let batch: Int

  private var perPicture: Extent { scheme.tiles(of: grid) }
  var count: Int { batch * perPicture.area }

  /// The picture and the first cell of a tile.
  private func place(of tile: Int) -> (picture: Int, cell: (row: Int, column: Int)) {
    let shape = perPicture
    let (picture, rest) = tile.quotientAndRemainder(dividingBy: shape.area)
    return (picture, (rest / shape.width * scheme.outputs, rest % shape.width * scheme.outputs))
  }

  /// Which loop of the scheme makes positions from pixels.
  enum Expansion { case input, outputAdjoint }

  /// Columns `columns` of the tiles `range`, transformed: `[positions, tiles, step]` with `positionStep` floats from
  /// position to position.
  func expand(
    _ expansion: Expansion, _ pictures: PhasedPictures, from source: UnsafePointer<Float>, _ range: Range<Int>,
    columns: Range<Int>, into positions: TilePositions
  ) {
    let side = expansion == .input ? scheme.size : scheme.outputs
    let loop = expansion == .input ? scheme.loops.input : scheme.loops.output_adjoint
    let segments = pictures.segments(of: columns)
    for tile in range {
      let (picture, cell) = place(of: tile)
      let target = positions.start + (tile - range.lowerBound) * positions.tileStep
      for segment in segments {
        var (offset, pixels) = segment.lattice.square(at: cell, side: side)
        offset += picture * pictures.pictureStep + segment.firstChannel
        loop(source + offset, &pixels, segment.count, target + segment.column, positions.positionStep)
      }
    }
  }

  /// The outputs of the tiles `range` in columns `columns` from their positions, with bias and ReLU.
  func contract(
    _ positions: TilePositions, _ range: Range<Int>, columns: Range<Int>, bias: UnsafePointer<Float>?, relu: Bool,
    into pictures: PhasedPictures, at result: UnsafeMutablePointer<Float>
  ) {
    let segments = pictures.segments(of: columns)
    for tile in range {
      let (picture, cell) = place(of: tile)
      let source = positions.start + (tile - range.lowerBound) * positions.tileStep
      for segment in segments {
        var (offset, pixels) = segment.lattice.square(at: cell, side: scheme.outputs)
        offset += picture * pictures.pictureStep + segment.firstChannel
        scheme.loops.output(
          source + segment.column, positions.positionStep, bias.map { $0 + segment.firstChannel }, relu ? 1 : 0,
          result + offset, &pixels, segment.count)
      }
    }
  }
}

/// Transformed tiles: `[positions, tiles, columns]` with steps that keep rows of many channels out of each other's
/// cache lines.
struct TilePositions {
  let start: UnsafeMutablePointer<Float>
  let tileStep: Int
  let positionStep: Int

  init(_ start: UnsafeMutablePointer<Float>, tiles: Int, columns: Int) {
    self.start = start
    tileStep = Self.step(columns)
    positionStep = Self.positionStep(tiles, tileStep)
  }

  private init(_ start: UnsafeMutablePointer<Float>, tileStep: Int, positionStep: Int) {
    self.start = start
    self.tileStep = tileStep
    self.positionStep = positionStep
  }

  func advanced(tile: Int, column: Int) -> TilePositions {
    TilePositions(start + tile * tileStep + column, tileStep: tileStep, positionStep: positionStep)
  }

  /// Whole panels plus a cache line: rows a power of two apart would compete for few cache lines.
  private static func step(_ columns: Int) -> Int { (columns + 31) / 32 * 32 + 16 }

  /// An odd number of cache lines: a tile's positions lie in different sets of the cache.
  private static func positionStep(_ tiles: Int, _ tileStep: Int) -> Int { (tiles * tileStep / 16 | 1) * 16 }

  static func floats(positions: Int, tiles: Int, columns: Int) -> Int {
    positions * positionStep(tiles, step(columns))
  }
}

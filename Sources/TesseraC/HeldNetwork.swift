import CTessera
import Foundation
import TesseraImaging
import TesseraNetworks
import TesseraONNXImport
import TesseraSegmentation
import TesseraTensors

/// What a C program's `tessera_network` is: a predictor with its threads, and the names of its classes as C has them.
final class HeldNetwork {
  let predictor: Predictor
  private let context: ComputeContext
  private let names: [UnsafeMutablePointer<CChar>?]

  /// - Throws: `CallError.badOption`, or what reading the checkpoint throws.
  init(checkpoint path: String, _ options: tessera_options) throws {
    func number(_ name: String, _ value: Int32, default usual: Int, upTo most: Int32) throws(CallError) -> Int {
      guard (0...most).contains(value) else { throw .badOption(name, value, most: most) }
      return value == 0 ? usual : Int(value)
    }
    context = ComputeContext(
      threads: try number("threads", options.threads, default: AvailableProcessors.count, upTo: 1024))
    let sideBySide = try number("side_by_side", options.side_by_side, default: 1, upTo: 1024)
    let isFullSize = try number("full_size", options.full_size, default: 0, upTo: 1) == 1
    predictor = try ComputeContext.$current.withValue(context) {
      try Predictor(
        checkpoint: path, catalog: .standard.adding(ONNXNetwork.Configuration.self),
        scale: isFullSize ? .original() : .trained, sideBySide: sideBySide)
    }
    names = predictor.labelSpace.classes.map { strdup($0.name) }
  }

  deinit { for name in names { free(name) } }

  var classCount: Int { names.count }

  var channels: Int { predictor.model.normalization.channels }

  /// The name of a class, which lives as long as the network; `nil` if there is no such class.
  func name(of index: Int) -> UnsafePointer<CChar>? {
    names.indices.contains(index) ? UnsafePointer(names[index]) : nil
  }

  /// Writes the classes of a picture's pixels to `mask`, row by row.
  ///
  /// - Parameters:
  ///   - samples: of the first pixel.
  ///   - rowBytes: from the start of a row to that of the next; 0 if they follow each other.
  /// - Throws: `CallError`.
  func predict(
    _ samples: UnsafePointer<UInt8>, width: UInt, height: UInt, rowBytes: UInt, to mask: UnsafeMutablePointer<UInt16>
  ) throws(CallError) {
    let sides: ClosedRange<UInt> = 1...65_536
    guard sides.contains(width), sides.contains(height) else {
      throw .badSize(width: width, height: height, most: sides.upperBound)
    }
    let (width, height, rowLength) = (Int(width), Int(height), Int(width) * channels)
    guard rowBytes == 0 || rowBytes >= rowLength else {
      throw .shortRows(bytes: rowBytes, width: width, channels: channels)
    }
    guard rowBytes <= Int.max / height else { throw .longRows(bytes: rowBytes) }
    let pixels: Pixels
    do {
      // Besides the samples, the prediction has four masks while it is made.
      pixels = try PictureMemory.taking(rowLength * height + 8 * width * height, for: "") {
        self.pixels(samples, width, height, step: rowBytes == 0 ? rowLength : Int(rowBytes))
      }
    } catch {
      throw .noMemory(width: width, height: height)
    }
    let found = ComputeContext.$current.withValue(context) { predictor.mask(for: pixels) }
    found.indices.withUnsafeBufferPointer { mask.update(from: $0.baseAddress!, count: $0.count) }
  }

  /// The samples as `tessera predict` would read them from a file: a photograph, or floats `[height, width, channels]`.
  private func pixels(_ samples: UnsafePointer<UInt8>, _ width: Int, _ height: Int, step: Int) -> Pixels {
    let channels = channels
    let rowLength = width * channels
    guard channels == 3 else {
      return Pixels(
        Tensor(shape: [height, width, channels]) { values in
          for row in 0..<height {
            for place in 0..<rowLength { values[row * rowLength + place] = Float(samples[row * step + place]) }
          }
        })
    }
    let bytes = [UInt8](unsafeUninitializedCapacity: rowLength * height) { buffer, count in
      for row in 0..<height {
        buffer.baseAddress!.advanced(by: row * rowLength).initialize(from: samples + row * step, count: rowLength)
      }
      count = rowLength * height
    }
    return Pixels(Image(width: width, height: height, channels: 3, pixels: bytes))
  }
}

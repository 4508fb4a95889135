import Foundation
import Tessera
import TesseraDownloads
import TesseraPretrained

/// Weights of the catalog by their names, as 'tessera download' leaves them.
struct PublishedWeights {
  let item: DownloadItem

  /// Where 'tessera download' puts everything, and where names are looked for.
  static let folder = "data"

  /// - Parameter name: of weights in the catalog; `nil` if there are none of this name.
  init?(_ name: String) {
    guard let item = (DownloadItem.networks + DownloadItem.encoders).first(where: { $0.name == name }) else {
      return nil
    }
    self.item = item
  }

  init(_ item: DownloadItem) { self.item = item }

  /// The file that other commands use: of a whole network a checkpoint, which is made of what was downloaded.
  func file(in folder: String = Self.folder) -> String {
    guard case .network = item.purpose else { return (folder as NSString).appendingPathComponent(item.file) }
    return (folder as NSString).appendingPathComponent("\(item.name).safetensors")
  }

  /// The file, which is there.
  ///
  /// - Throws: `PublishedWeightsError` if it was not downloaded.
  func existingFile() throws(PublishedWeightsError) -> String {
    let file = file()
    guard FileManager.default.fileExists(atPath: file) else {
      throw PublishedWeightsError(name: item.name, file: file)
    }
    return file
  }

  /// The path that a word stands for: itself, or the file of the weights of this name where no such path exists.
  ///
  /// - Throws: `PublishedWeightsError` if such weights were not downloaded.
  static func path(_ word: String) throws(PublishedWeightsError) -> String {
    guard !FileManager.default.fileExists(atPath: word), let weights = PublishedWeights(word) else { return word }
    return try weights.existingFile()
  }

  /// Makes a checkpoint of a whole network, with its license; `nil` for other weights.
  ///
  /// - Parameters:
  ///   - path: what was downloaded.
  ///   - folder: where the checkpoint goes.
  /// - Throws: `PretrainedWeightsError`, or what reading and writing throw.
  func makeCheckpoint(of path: String, in folder: String) throws -> SegmentationCheckpoint? {
    guard case .network(let name, let labelSpace, let imageSize) = item.purpose,
      let network = NetworkCatalog.standard[name]
    else { return nil }
    let notes = [
      WeightsLicense.note: item.license?.description ?? WeightsLicense.unknown, "source": item.addresses.first,
    ].compactMapValues(\.self)
    let checkpoint = try SegmentationCheckpoint(
      pretrained: path, of: network, labelSpace: labelSpace, imageSize: imageSize, notes: notes)
    try checkpoint.save(to: file(in: folder))
    return checkpoint
  }
}

/// Published weights that are to be used, and were not downloaded.
struct PublishedWeightsError: Error, CustomStringConvertible, LocalizedError {
  let name: String
  let file: String

  var description: String { "\(file) is not there; fetch it with: tessera download \(name)" }
  var errorDescription: String? { description }
}

/// The license of the weights in a file, which checkpoints pass on to those of trainings that start from them.
enum WeightsLicense {
  /// The note of a checkpoint that holds it.
  static let note = "license"
  static let unknown = "not stated"

  /// What is known of a file: a checkpoint's note, or the license of a published file by its name.
  static func text(of path: String) -> String? {
    let item = DownloadItem.weights(inFile: (path as NSString).lastPathComponent)
    return item.map { $0.license?.description ?? unknown }
      ?? (try? SafeTensors(contentsOf: path)).flatMap { $0.metadata[note] }
  }
}

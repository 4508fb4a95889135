import ArgumentParser
import Foundation
import Tessera
import TesseraDownloads

/// Fetches data sets and pretrained weights.
struct DownloadCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "download",
    abstract: "Fetch a data set or pretrained weights: resumes, verifies the checksum, unpacks safely.",
    discussion: """
      \(ItemList.text)

      Of a whole network, a checkpoint is made, NAME.safetensors, which 'predict', 'evaluate' and 'export' take by \
      --network NAME and trainings by --weights NAME; encoders are taken by --encoder-weights NAME.

      A download that broke off or was interrupted resumes where it stopped. The archive is removed after unpacking. \
      What already exists is left unchanged.
      """)

  @Argument(help: ArgumentHelp("What to fetch.", valueName: "item"))
  var item: ItemArgument

  @Option(
    help: ArgumentHelp("Where the data set's folder or the file goes.", valueName: "dir"), completion: .directory)
  var to = "data"

  @Option(
    help: ArgumentHelp(
      "Take the published file from here instead of downloading it; the file is kept.", valueName: "file"),
    completion: .file(extensions: ["zip", "h5", "safetensors", "pth", "bin"]))
  var from: String?

  @Option(
    help: ArgumentHelp(
      "Another URL of the same file, tried before the official one; may be repeated.",
      valueName: "url"))
  var mirror: [String] = []

  @Flag(help: "Keep the archive after unpacking.")
  var keepArchive = false

  @Flag(help: "Accept a file that is not the published one: its checksum and number of files are not compared.")
  var anyVersion = false

  @Flag(help: "Accept the license of an item that excludes commercial use; without this, a terminal asks.")
  var acceptLicense = false

  func validate() throws {
    if from != nil && !mirror.isEmpty { throw ValidationError("give either --from or --mirror") }
    for address in mirror where !RedirectionRule.isWebAddress(address) {
      throw ValidationError("--mirror must be an http:// or https:// address; got \(address)")
    }
  }

  func run() async throws {
    var download = ItemDownload(item.value, to: to)
    download.mirrors = mirror
    download.keepsArchive = keepArchive
    download.takesAnyVersion = anyVersion
    download.acceptsLicense = acceptLicense
    let license = item.value.license
    // Otherwise it is shown with the question, or with the refusal.
    if let license, acceptLicense || license.commercialUse != .excluded { Notice.note.write("license: \(license)") }
    let outcome: ItemDownload.Outcome
    do {
      outcome = try await run(download)
    } catch let error as DownloadError {
      guard case .licenseNotAccepted(_, let license) = error, LicenseQuestion.isAccepted(license) else { throw error }
      download.acceptsLicense = true
      outcome = try await run(download)
    }
    print(outcome.wasThere ? "\(outcome.path) is there already" : "wrote \(outcome.path)")
    if item.value.checksum == nil {
      print("not verified: no checksum of it is published; this file's is in \(outcome.path).sha256")
    }
    do {
      try DownloadSummary(item.value, at: outcome.path, in: to).print()
    } catch where !outcome.wasThere && (from != nil || anyVersion) {
      // What nobody has verified, and cannot be used, must not be in the way of the right file.
      for path in [outcome.path, "\(outcome.path).sha256"] { try? FileManager.default.removeItem(atPath: path) }
      throw error
    }
  }

  private func run(_ job: ItemDownload) async throws -> ItemDownload.Outcome {
    let display = DownloadDisplay()
    return try await interruptible {
      defer { display.end() }
      do {
        return try from.map { try job.run(from: $0, display.show) } ?? job.run(display.show)
      } catch is CancellationError {
        display.interrupted()
        throw CancellationError()
      }
    }
  }
}

/// The name of something in the catalog.
struct ItemArgument: ExpressibleByArgument {
  let value: DownloadItem

  init?(argument: String) {
    guard let value = DownloadItem.catalog.first(where: { $0.name == argument }) else { return nil }
    self.value = value
  }

  static var allValueStrings: [String] { DownloadItem.catalog.map(\.name) }
  static var defaultCompletionKind: CompletionKind { .list(allValueStrings) }
}

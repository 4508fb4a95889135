import Foundation
import TesseraDownloads
import TestSupport
import Testing

/// Files with a license that must be accepted, of which only a part of the checksum is published, or nothing.
@Suite struct WeightsDownloadTests {
  private static let bytes = noise(5000)
  private static let license = License(
    "Research License", at: "https://example.org/license", commercialUse: .excluded, remark: "for research only")

  private func item(_ address: String, checksum: FileChecksum?, license: License? = nil) -> DownloadItem {
    DownloadItem(
      name: "net", title: "A network", file: "net.bin", addresses: [address], checksum: checksum,
      bytes: Self.bytes.count, license: license)
  }

  private func sha256(_ bytes: [UInt8]) throws -> String {
    try withTemporaryFolder { folder in
      try Data(bytes).write(to: URL(filePath: "\(folder)/file"))
      return try FileChecksum(.sha256, of: "\(folder)/file").digits
    }
  }

  @Test func nothingIsFetchedBeforeALicenseIsAccepted() throws {
    try withTemporaryFolder { folder in
      let server = try TestServer { request, _ in .file(Self.bytes, for: request) }
      let item = item(server.address, checksum: nil, license: Self.license)
      let place = "\(folder)/data"
      let refusal = DownloadError.licenseNotAccepted(item: "net", Self.license)
      #expect(throws: refusal) { _ = try Trial(item, to: place) }
      try Data(Self.bytes).write(to: URL(filePath: "\(folder)/mine"))
      #expect(throws: refusal) { _ = try Trial(item, to: place, from: "\(folder)/mine") }
      #expect(server.requests.isEmpty && !FileManager.default.fileExists(atPath: place))
      #expect(
        refusal.description
          == "net was not fetched, as its license must be accepted first: Research License, no commercial "
          + "use, for research only (https://example.org/license)")
      #expect(refusal.hint == "read the license, and accept it with --accept-license")
      _ = try Trial(item, to: place) { $0.acceptsLicense = true }
      #expect(try contents("\(place)/net.bin") == Self.bytes)
      // What is there needs no further yes.
      #expect(try Trial(item, to: place).outcome?.wasThere == true)
    }
  }

  @Test func otherLicensesNeedNoYes() throws {
    try withTemporaryFolder { folder in
      let server = try TestServer { request, _ in .file(Self.bytes, for: request) }
      for use in [License.CommercialUse.allowed, .notStated] {
        let license = License("L", at: "https://example.org", commercialUse: use)
        _ = try Trial(item(server.address, checksum: nil, license: license), to: "\(folder)/\(use)")
      }
      #expect(server.requests.count == 2)
      #expect(
        License("L", at: "a", commercialUse: .notStated).description == "L, commercial use not stated (a)"
          && License("L", at: "a", commercialUse: .allowed).description == "L, commercial use allowed (a)")
    }
  }

  @Test func theBeginningOfAChecksumDecides() throws {
    let digits = try sha256(Self.bytes)
    try withTemporaryFolder { folder in
      let other = noise(5000, seed: 2)
      let server = try TestServer { request, _ in .file(request.path == "/right" ? Self.bytes : other, for: request) }
      let checksum = FileChecksum(.sha256, String(digits.prefix(8)))
      let wrong = item("\(server.address)/wrong", checksum: checksum)
      let error = #expect(throws: DownloadError.self) { _ = try Trial(wrong, to: folder) }
      #expect(
        error?.description.hasSuffix(
          "what it sent (5000 bytes) is not the published file: its SHA-256 \(try sha256(other)) should begin with "
            + "\(digits.prefix(8))") == true)
      #expect(try names(in: folder).isEmpty)
      let right = item("\(server.address)/right", checksum: checksum)
      #expect(try Trial(right, to: folder).outcome?.wasThere == false)
      #expect(try Trial(right, to: folder).outcome?.wasThere == true)
      #expect(try names(in: folder) == ["net.bin"], "a published checksum need not be kept")
      try Data(other).write(to: URL(filePath: "\(folder)/net.bin"))
      #expect(throws: DownloadError.self) { _ = try Trial(right, to: folder) }
    }
    #expect(!FileChecksum(.sha256, "").matches(FileChecksum(.sha256, digits)))
    #expect(!FileChecksum(.sha1, String(digits.prefix(8))).matches(FileChecksum(.sha256, digits)))
  }

  @Test func theChecksumOfTheFirstDownloadIsKept() throws {
    try withTemporaryFolder { folder in
      let (first, second) = (Self.bytes, noise(5000, seed: 2))
      let server = try TestServer { request, number in .file(number == 0 ? first : second, for: request) }
      let item = item(server.address, checksum: nil)
      _ = try Trial(item, to: folder)
      let kept = "\(try sha256(first))  net.bin\n"
      #expect(String(decoding: try contents("\(folder)/net.bin.sha256"), as: UTF8.self) == kept)
      try FileManager.default.removeItem(atPath: "\(folder)/net.bin")
      let error = #expect(throws: DownloadError.self) { _ = try Trial(item, to: folder) }
      #expect(error?.description.contains("should be \(try sha256(first))") == true)
      try Data(second).write(to: URL(filePath: "\(folder)/net.bin"))
      #expect(throws: DownloadError.self) { _ = try Trial(item, to: folder) }
      // Only who accepts another file replaces what is kept.
      #expect(String(decoding: try contents("\(folder)/net.bin.sha256"), as: UTF8.self) == kept)
      _ = try Trial(item, to: folder) { $0.takesAnyVersion = true }
      #expect(
        String(decoding: try contents("\(folder)/net.bin.sha256"), as: UTF8.self) == "\(try sha256(second))  net.bin\n")
      #expect(try Trial(item, to: folder).outcome?.wasThere == true)
    }
  }
}

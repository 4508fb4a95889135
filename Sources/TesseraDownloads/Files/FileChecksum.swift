import CLibCrypto
import Foundation
import TesseraFiles

/// A file's checksum by one of the algorithms that publishers of data sets and weights use, computed by OpenSSL's
/// libcrypto.
///
/// It distinguishes damaged and replaced files from the published one; MD5 and SHA-1 do not resist forgery.
public struct FileChecksum: Equatable, Sendable, CustomStringConvertible {
  /// How a checksum is computed; the raw value is its usual name.
  public enum Algorithm: String, Equatable, Sendable {
    case md5 = "MD5"
    case sha1 = "SHA-1"
    case sha256 = "SHA-256"

    fileprivate var digitCount: Int {
      switch self {
      case .md5: 32
      case .sha1: 40
      case .sha256: 64
      }
    }
  }

  public let algorithm: Algorithm
  /// The checksum in lowercase hexadecimal, or its beginning where no more is published.
  public let digits: String

  /// Creates a checksum as published: whole, or its beginning, such as the eight digits in the names of PyTorch's
  /// files.
  public init(_ algorithm: Algorithm, _ digits: String) {
    self.algorithm = algorithm
    self.digits = digits.lowercased()
  }

  /// Computes the checksum of a file.
  ///
  /// - Parameters:
  ///   - algorithm: the published one.
  ///   - path: the file.
  ///   - progress: receives the number of bytes read, at intervals; an error that it throws stops the work.
  /// - Throws: `DownloadError.unreadable`, or any error of `progress`.
  public init(_ algorithm: Algorithm, of path: String, progress: (Int) throws -> Void = { _ in }) throws {
    func unreadable(_ reason: String) -> DownloadError { .unreadable(path: path, reason: reason) }
    let file = try openFile(at: path)
    guard let context = EVP_MD_CTX_new() else { throw unreadable(systemReason(of: ENOMEM)) }
    defer { EVP_MD_CTX_free(context) }
    guard EVP_DigestInit_ex(context, Self.function(algorithm), nil) == 1 else {
      throw unreadable("this system's OpenSSL does not compute \(algorithm.rawValue)")
    }
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 64)
    defer { buffer.deallocate() }
    var total = 0
    while true {
      let count: Int
      do throws(FileError) { count = try file.read(into: buffer, at: total) } catch { throw unreadable(error.reason) }
      guard count > 0 else { break }
      EVP_DigestUpdate(context, buffer.baseAddress!, count)
      total += count
      try progress(total)
    }
    var digest = [UInt8](repeating: 0, count: Int(EVP_MAX_MD_SIZE))
    var length: UInt32 = 0
    EVP_DigestFinal_ex(context, &digest, &length)
    self.init(algorithm, digest.prefix(Int(length)).map { String(format: "%02x", $0) }.joined())
  }

  /// Whether a file with the checksum `found` is the published one.
  public func matches(_ found: FileChecksum) -> Bool {
    algorithm == found.algorithm && !digits.isEmpty && found.digits.hasPrefix(digits)
  }

  /// What a file's checksum must do, such as `be 219e1696...`.
  var rule: String { (digits.count < algorithm.digitCount ? "begin with " : "be ") + digits }

  /// Such as `SHA-1 219e1696...`.
  public var description: String { "\(algorithm.rawValue) \(digits)" }

  private static func function(_ algorithm: Algorithm) -> OpaquePointer? {
    switch algorithm {
    case .md5: EVP_md5()
    case .sha1: EVP_sha1()
    case .sha256: EVP_sha256()
    }
  }
}

/// Opens the regular file at `path`.
func openFile(at path: String) throws(DownloadError) -> RegularFile {
  do throws(FileError) { return try RegularFile(path) } catch { throw .unreadable(path: path, reason: error.reason) }
}

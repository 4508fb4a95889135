import CHDF5
import CHDF5Probe
import Foundation

/// An HDF5 file open for reading: groups, attributes that hold texts, and arrays of floats.
///
/// ```swift
/// let file = try HDF5File(contentsOf: "vgg16.h5")
/// try file.strings("layer_names", of: "/")              // ["input_1", "block1_conv1", ...]
/// let kernel = try file.dataset("/block1_conv1/block1_conv1_W_1:0")
/// kernel.shape                                          // [3, 3, 3, 64]
/// let tensor = try kernel.tensor()
/// ```
/// It is read through libhdf5 (https://www.hdfgroup.org/solutions/hdf5), strictly: everything must lie in this file,
/// reached over hard links, and be no larger than the file can hold. Places are paths with slashes.
public final class HDF5File: Sendable {
  /// The path it was opened with.
  public let path: String
  /// In bytes.
  public let length: Int
  private let handle: HDF5Handle

  /// The most members of a group, and texts of an attribute, that are read.
  public static let mostMembers = 65_536

  /// - Throws: `HDF5Error` where it cannot be opened.
  public init(contentsOf path: String) throws(HDF5Error) {
    self.path = path
    length = try Self.checkedLength(of: path)
    handle = try HDF5Library.use { () throws(HDF5Error) in
      try Self.probe(path)
      // The plain driver, whatever the environment asks for.
      let access = HDF5Handle(H5Pcreate(hdf5_file_access())) { H5Pclose($0) }
      guard let access, H5Pset_fapl_sec2(access.identifier) >= 0,
        let file = HDF5Handle(H5Fopen(path, 0, access.identifier), close: { H5Fclose($0) })
      else { throw .damaged(file: path, place: "/", reason: HDF5Library.complaint) }
      return file
    }
  }

  // A file on which libhdf5 crashes must be an error: another process tries everything first.
  private static func probe(_ path: String) throws(HDF5Error) {
    let reason: String? =
      switch hdf5_probe(path, longestProbe) {
      case HDF5_PROBE_CRASHED: "libhdf5 crashes on it"
      case HDF5_PROBE_ENDLESS: "libhdf5 does not come to an end with it"
      default: nil
      }
    if let reason { throw .damaged(file: path, place: "/", reason: reason) }
  }

  /// In seconds of computing: hundreds of times what a network of many layers takes.
  private static let longestProbe: UInt32 = 2

  /// The signature's bytes.
  public static let signature: [UInt8] = [0x89, 0x48, 0x44, 0x46, 0x0D, 0x0A, 0x1A, 0x0A]

  // A pipe would keep the library waiting, and a folder gives a message about numbers.
  private static func checkedLength(of path: String) throws(HDF5Error) -> Int {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { throw .unreadable(file: path, reason: String(cString: strerror(errno))) }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      throw .unreadable(file: path, reason: "it is not a regular file")
    }
    var start = [UInt8](repeating: 0, count: signature.count)
    guard pread(descriptor, &start, start.count, 0) == start.count, start == signature else {
      throw .notHDF5(file: path)
    }
    return Int(status.st_size)
  }

  /// What a place holds.
  public enum Kind: Sendable { case group, dataset, other }

  /// What is at `place`.
  ///
  /// - Throws: `HDF5Error.missing` and others.
  public func kind(of place: String) throws(HDF5Error) -> Kind {
    try HDF5Library.use { () throws(HDF5Error) in Self.kind(of: try object(at: place)) }
  }

  private static func kind(of object: HDF5Handle) -> Kind {
    switch H5Iget_type(object.identifier) {
    case H5I_GROUP: .group
    case H5I_DATASET: .dataset
    default: .other
    }
  }

  /// Whether a link of that name is in a group.
  public func has(_ name: String, in group: String) throws(HDF5Error) -> Bool {
    try members(of: group).contains(name)
  }

  /// The names in the group at `place`, sorted as libhdf5 does.
  public func members(of place: String) throws(HDF5Error) -> [String] {
    try HDF5Library.use { () throws(HDF5Error) in
      let group = try object(at: place)
      guard Self.kind(of: group) == .group else {
        throw .unsupported(file: path, place: place, reason: "it is no group")
      }
      let count = Int(hdf5_link_count(group.identifier))
      guard count >= 0 else { throw damaged(place) }
      guard count <= Self.mostMembers else {
        throw .impossible(
          file: path, place: place, reason: "\(count) members, and at most \(Self.mostMembers) are read")
      }
      var names: [String] = []
      for index in 0..<count {
        var name = [CChar](repeating: 0, count: 1024)
        let length = H5Lget_name_by_idx(
          group.identifier, ".", H5_INDEX_NAME, H5_ITER_INC, hsize_t(index), &name, name.count,
          HDF5Library.defaultProperties)
        guard length > 0 else { throw damaged(place) }
        guard length < name.count else {
          throw .impossible(file: path, place: place, reason: "a name of \(length) bytes")
        }
        names.append(String(decoding: name.prefix(length).map { UInt8(bitPattern: $0) }, as: UTF8.self))
      }
      return names
    }
  }

  /// What is open at `place`, to which every step is a hard link.
  func object(at place: String) throws(HDF5Error) -> HDF5Handle {
    guard
      var object = HDF5Handle(H5Gopen2(handle.identifier, "/", HDF5Library.defaultProperties), close: { H5Gclose($0) })
    else { throw damaged("/") }
    var reached = ""
    for step in place.split(separator: "/").map(String.init) where step != "." {
      reached += "/\(step)"
      guard Self.kind(of: object) == .group else { throw .missing(file: path, place: reached) }
      guard H5Lexists(object.identifier, step, HDF5Library.defaultProperties) > 0 else {
        throw .missing(file: path, place: reached)
      }
      switch hdf5_link_type(object.identifier, step) {
      case H5L_TYPE_HARD: break
      case H5L_TYPE_SOFT: throw .elsewhere(file: path, place: reached, reason: "it is a soft link")
      case H5L_TYPE_EXTERNAL: throw .elsewhere(file: path, place: reached, reason: "it is a link into another file")
      default: throw damaged(reached)
      }
      guard
        let next = HDF5Handle(H5Oopen(object.identifier, step, HDF5Library.defaultProperties), close: { H5Oclose($0) })
      else { throw damaged(reached) }
      object = next
    }
    return object
  }

  func damaged(_ place: String) -> HDF5Error {
    .damaged(file: path, place: place.isEmpty ? "/" : place, reason: HDF5Library.complaint)
  }
}

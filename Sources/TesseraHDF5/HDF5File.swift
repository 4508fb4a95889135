import TesseraFiles

/// An HDF5 file: groups, attributes that hold texts, and arrays of floats.
///
/// ```swift
/// let file = try HDF5File(contentsOf: "vgg16.h5")
/// try file.strings("layer_names", of: "/")              // ["input_1", "block1_conv1", ...]
/// let kernel = try file.dataset("/block1_conv1/block1_conv1_W_1:0")
/// kernel.shape                                          // [3, 3, 3, 64]
/// let tensor = try kernel.tensor()
/// ```
/// It is read through libhdf5 (https://www.hdfgroup.org/solutions/hdf5), in separate processes, because damaged files
/// can crash it. Everything must be in this file, reached through hard links, and be no larger than the file can hold.
/// Places are paths with slashes. The file must not change while it is in use.
public struct HDF5File: Sendable {
  /// The path it was opened with.
  public var path: String { source.path }
  /// In bytes.
  public let length: Int
  private let source: HDF5Source
  private let listing: Listing

  /// A reference, so that files are passed on without their listings.
  private final class Listing: Sendable {
    let content: HDF5Listing
    init(_ content: HDF5Listing) { self.content = content }
  }

  /// In bytes: far more than the names in any weights file.
  private static let longestListing = 1 << 26

  /// Lists what the file holds; arrays are read on demand.
  ///
  /// - Throws: `HDF5Error` if it cannot be opened.
  public init(contentsOf path: String) throws(HDF5Error) {
    try self.init(HDF5Source(path: path), try HDF5Error.reading(try RegularFile(path)))
  }

  /// Lists what an open file holds, which may have no name anymore.
  ///
  /// - Parameter path: what errors call it.
  /// - Throws: `HDF5Error`.
  package init(_ file: RegularFile, called path: String) throws(HDF5Error) {
    try self.init(HDF5Source(path: path, file: file), file)
  }

  private init(_ source: HDF5Source, _ file: RegularFile) throws(HDF5Error) {
    self.source = source
    let path = source.path
    let start = try HDF5Error.reading(try file.bytes(from: 0, atMost: Self.signature.count))
    guard start == Self.signature else { throw .notHDF5(file: path) }
    length = file.length
    let process = try source.listing()
    let bytes = process.readAll(atMost: Self.longestListing)
    if let reason = process.end() { throw .damaged(file: path, place: "/", reason: reason) }
    guard let content = HDF5Listing(bytes) else {
      throw .damaged(file: path, place: "/", reason: "it holds more than can be listed")
    }
    if case .damaged(let reason) = content.nodes[""] { throw .damaged(file: path, place: "/", reason: reason) }
    listing = Listing(content)
  }

  /// The signature's bytes.
  public static let signature: [UInt8] = [0x89, 0x48, 0x44, 0x46, 0x0D, 0x0A, 0x1A, 0x0A]

  /// What a place holds.
  public enum Kind: Sendable { case group, dataset, other }

  /// Returns what is at `place`.
  ///
  /// - Throws: `HDF5Error.missing` and others.
  public func kind(of place: String) throws(HDF5Error) -> Kind {
    switch try node(at: place).node {
    case .group: .group
    case .dataset: .dataset
    default: .other
    }
  }

  /// Whether a group has a link with that name.
  public func has(_ name: String, in group: String) throws(HDF5Error) -> Bool {
    try members(of: group).contains(name)
  }

  /// The names in the group at `place`, in libhdf5's order.
  public func members(of place: String) throws(HDF5Error) -> [String] {
    let (whole, node) = try node(at: place)
    guard case .group = node else {
      throw .unsupported(file: path, place: place, reason: "it is not a group")
    }
    if let reason = listing.content.faults[whole] { throw .damaged(file: path, place: place, reason: reason) }
    return listing.content.members[whole] ?? []
  }

  /// The strings, of fixed or variable length, in the attribute `name` of what is at `place`; `nil` if there is no such
  /// attribute. An empty array counts as one of strings, whatever its type: that is how h5py writes it.
  ///
  /// - Throws: `HDF5Error` if it holds something else or cannot be read.
  public func strings(_ name: String, of place: String) throws(HDF5Error) -> [String]? {
    let owner = try node(at: place).place
    let whole = "\(owner)/@\(name)"
    guard let attribute = listing.content.attributes[owner]?[name] else {
      if let reason = listing.content.faults[owner] { throw .damaged(file: path, place: whole, reason: reason) }
      return nil
    }
    if let reason = listing.content.faults[whole] { throw .damaged(file: path, place: whole, reason: reason) }
    guard let attribute else { throw .unsupported(file: path, place: whole, reason: "it holds no strings") }
    return attribute
  }

  /// The array of floats at `place`.
  ///
  /// - Throws: `HDF5Error` if it is not one, or claims a size that the file cannot hold.
  public func dataset(_ place: String) throws(HDF5Error) -> HDF5Dataset {
    let (whole, node) = try node(at: place)
    guard case .dataset(let layout) = node else {
      throw .unsupported(file: path, place: place, reason: "it is not an array")
    }
    return HDF5Dataset(shape: try layout.checkedShape(in: self, at: whole), place: whole, source: source)
  }

  /// What is at `place`, and its place as listed; every step to it is a hard link.
  private func node(at place: String) throws(HDF5Error) -> (place: String, node: HDF5Listing.Node) {
    let steps = place.split(separator: "/").filter { $0 != "." }.map { "/\($0)" }
    var reached = ""
    var next = steps[...]
    while let node = listing.content.nodes[reached] {
      switch node {
      case .link(let isExternal):
        let reason = isExternal ? "it is a link into another file" : "it is a soft link"
        throw .elsewhere(file: path, place: reached, reason: reason)
      case .damaged(let reason): throw .damaged(file: path, place: reached, reason: reason)
      default: break
      }
      guard let step = next.popFirst() else { return (reached, node) }
      reached += step
    }
    throw .missing(file: path, place: reached)
  }
}

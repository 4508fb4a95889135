/// What a process found in a file; `CHDF5Reader.h` describes the records.
///
/// The process may have been misled by the file, so nothing in the records is trusted.
struct HDF5Listing {
  /// What is at a place.
  enum Node {
    case group
    case dataset(HDF5Layout)
    case link(isExternal: Bool)
    case other
    case damaged(reason: String)
  }

  /// The nodes by place; the root is the empty string.
  private(set) var nodes: [String: Node] = [:]
  /// The names in groups.
  private(set) var members: [String: [String]] = [:]
  /// The strings in attributes by place and name; `nil` if an attribute holds something else.
  private(set) var attributes: [String: [String: [String]?]] = [:]
  /// What could not be listed at a place, besides what it is.
  private(set) var faults: [String: String] = [:]

  private var bytes: ArraySlice<UInt8>

  /// `nil` if the records do not form a complete listing.
  init?(_ bytes: [UInt8]) {
    self.bytes = bytes[...]
    while let kind = self.bytes.popFirst() {
      if kind == UInt8(ascii: "Z") {
        self.bytes = []
        return
      }
      guard record(of: kind) else { return nil }
    }
    return nil
  }

  private mutating func record(of kind: UInt8) -> Bool {
    guard let place = text() else { return false }
    switch Character(UnicodeScalar(kind)) {
    case "G": add(.group, at: place)
    case "O": add(.other, at: place)
    case "L":
      guard let letter = bytes.popFirst() else { return false }
      add(.link(isExternal: letter != UInt8(ascii: "s")), at: place)
    case "E":
      guard let reason = text() else { return false }
      if nodes[place] == nil { add(.damaged(reason: reason), at: place) } else { faults[place] = reason }
    case "D":
      guard let layout = layout() else { return false }
      add(.dataset(layout), at: place)
    case "a":
      guard let name = text() else { return false }
      attributes[place, default: [:]][name] = .some(nil)
    case "A":
      guard let name = text(), let count = integer() else { return false }
      var texts: [String] = []
      for _ in 0..<max(0, count) {
        guard let next = text() else { return false }
        texts.append(next)
      }
      if count < 0 { faults["\(place)/@\(name)"] = "libhdf5 cannot read it" }
      attributes[place, default: [:]][name] = texts
    default: return false
    }
    return true
  }

  private mutating func add(_ node: Node, at place: String) {
    nodes[place] = node
    guard let slash = place.lastIndex(of: "/") else { return }
    members[String(place[..<slash]), default: []].append(String(place[place.index(after: slash)...]))
  }

  private mutating func layout() -> HDF5Layout? {
    func integers(_ count: Int) -> [Int]? {
      var values: [Int] = []
      for _ in 0..<count {
        guard let value = integer() else { return nil }
        values.append(value)
      }
      return values
    }
    guard let head = integers(2), head[1] >= 0,
      let shape = integers(head[1] <= HDF5Layout.mostDimensions ? head[1] : 0),
      let storage = integers(5), (0...32).contains(storage[4]), let filters = integers(storage[4]),
      let chunk = integers(storage[0] == HDF5Layout.chunked ? shape.count : 0)
    else { return nil }
    return HDF5Layout(
      elementSize: head[0], rank: head[1], shape: shape, kind: storage[0], otherFiles: storage[1], offset: storage[2],
      storedSize: storage[3], filters: filters, chunk: chunk)
  }

  private mutating func integer() -> Int? {
    guard bytes.count >= 8 else { return nil }
    let value = bytes.prefix(8).withUnsafeBytes { $0.loadUnaligned(as: Int.self) }
    bytes.removeFirst(8)
    return value
  }

  private mutating func text() -> String? {
    guard let count = integer(), count >= 0, count <= bytes.count else { return nil }
    defer { bytes.removeFirst(count) }
    return String(decoding: bytes.prefix(count), as: UTF8.self)
  }
}

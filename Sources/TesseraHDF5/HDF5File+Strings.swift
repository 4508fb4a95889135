import CHDF5

extension HDF5File {
  /// The longest text that is read, in bytes.
  public static let longestString = 65_536

  /// The texts in the attribute `name` of what is at `place`, of fixed or variable length; `nil` where there is no such
  /// attribute. An empty array is one of texts, whatever its type: so h5py writes it.
  ///
  /// - Throws: `HDF5Error` where it holds something else or cannot be read.
  public func strings(_ name: String, of place: String) throws(HDF5Error) -> [String]? {
    try HDF5Library.use { () throws(HDF5Error) in
      let owner = try object(at: place)
      let whole = "\(place == "/" ? "" : place)/@\(name)"
      let exists = H5Aexists(owner.identifier, name)
      guard exists >= 0 else { throw damaged(whole) }
      guard exists > 0 else { return nil }
      guard
        let attribute = HDF5Handle(
          H5Aopen(owner.identifier, name, HDF5Library.defaultProperties), close: { H5Aclose($0) }),
        let type = HDF5Handle(H5Aget_type(attribute.identifier), close: { H5Tclose($0) }),
        let space = HDF5Handle(H5Aget_space(attribute.identifier), close: { H5Sclose($0) })
      else { throw damaged(whole) }
      let count = Int(H5Sget_simple_extent_npoints(space.identifier))
      guard count >= 0 else { throw damaged(whole) }
      if count == 0 { return [] }
      guard count <= Self.mostMembers else {
        throw .impossible(file: path, place: whole, reason: "\(count) texts, and at most \(Self.mostMembers) are read")
      }
      guard H5Tget_class(type.identifier) == H5T_STRING else {
        throw .unsupported(file: path, place: whole, reason: "it holds no texts")
      }
      return H5Tis_variable_str(type.identifier) > 0
        ? try variableStrings(attribute, space, count: count, characters: H5Tget_cset(type.identifier), whole)
        : try fixedStrings(attribute, type, count: count, whole)
    }
  }

  private func fixedStrings(
    _ attribute: HDF5Handle, _ type: HDF5Handle, count: Int, _ place: String
  ) throws(HDF5Error) -> [String] {
    let width = H5Tget_size(type.identifier)
    // Attributes lie in the file as they are.
    guard width > 0, width <= Self.longestString, width * count <= length else {
      throw .impossible(file: path, place: place, reason: "\(count) texts of \(width) bytes in a file of \(length)")
    }
    var bytes = [UInt8](repeating: 0, count: width * count)
    guard H5Aread(attribute.identifier, type.identifier, &bytes) >= 0 else { throw damaged(place) }
    let padsWithSpaces = H5Tget_strpad(type.identifier) == H5T_STR_SPACEPAD
    return (0..<count).map { index in
      var text = bytes[index * width..<(index + 1) * width].prefix { $0 != 0 }
      while padsWithSpaces, text.last == UInt8(ascii: " ") { text.removeLast() }
      return String(decoding: text, as: UTF8.self)
    }
  }

  private func variableStrings(
    _ attribute: HDF5Handle, _ space: HDF5Handle, count: Int, characters: H5T_cset_t, _ place: String
  ) throws(HDF5Error) -> [String] {
    guard let type = HDF5Handle(H5Tcopy(hdf5_c_string()), close: { H5Tclose($0) }),
      H5Tset_size(type.identifier, -1) >= 0, H5Tset_cset(type.identifier, characters) >= 0
    else { throw damaged(place) }
    var texts = [UnsafeMutablePointer<CChar>?](repeating: nil, count: count)
    guard H5Aread(attribute.identifier, type.identifier, &texts) >= 0 else { throw damaged(place) }
    defer { H5Dvlen_reclaim(type.identifier, space.identifier, HDF5Library.defaultProperties, &texts) }
    return texts.map { $0.map { String(cString: $0) } ?? "" }
  }
}

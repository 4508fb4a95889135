import TesseraImaging

extension DatasetFolder {
  /// The same data with those of other folders, which must have the same classes: their names are compared, another
  /// order is mapped.
  ///
  /// - Throws: `DatasetError.otherClasses`.
  public func joined(with others: [DatasetFolder]) throws(DatasetError) -> DatasetFolder {
    var joined = self
    for other in others {
      if !joined.namesClasses && !other.namesClasses && other.labelSpace.count > joined.labelSpace.count {
        joined.labelSpace = LabelSpace(classes: other.labelSpace.classes, void: joined.labelSpace.void)
      }
      var parts = other.parts
      let own = !joined.namesClasses && !other.namesClasses ? joined.labelSpace : other.labelSpace
      switch own.match(with: joined.labelSpace, own: other.path, others: path) {
      case .same where other.labelSpace.void == joined.labelSpace.void: break
      case .same: parts = Self.relabeled(parts, other.labelSpace, joined.labelSpace, order: Array(0..<own.count))
      case .reordered(let order): parts = Self.relabeled(parts, other.labelSpace, joined.labelSpace, order: order)
      case .different(let differences): throw .otherClasses(folder: other.path, differences)
      }
      joined.parts += parts
      joined.notes += other.notes
    }
    return joined
  }

  private static func relabeled(
    _ parts: [DatasetPart], _ own: LabelSpace, _ joined: LabelSpace, order: [Int]
  ) -> [DatasetPart] {
    var map = Dictionary(uniqueKeysWithValues: order.enumerated().map { ($0.offset, $0.element) })
    // What is void stays void, whatever its number.
    if let void = own.void, let target = joined.void { map[void] = target }
    return parts.map { part in
      var part = part
      part.relabeling = part.relabeling?.compactMapValues { map[$0] } ?? map
      return part
    }
  }

  /// The same data with other classes.
  ///
  /// - Throws: `ClassMapError` if the map does not fit the classes.
  public func mapped(by map: ClassMap) throws(ClassMapError) -> DatasetFolder {
    var folder = self
    let (labelSpace, indices) = try map.applied(to: self.labelSpace)
    (folder.labelSpace, folder.defaultVoid) = (labelSpace, labelSpace.void)
    folder.classMap = classMap?.compactMapValues { indices[$0] } ?? indices
    let values = indices.filter { !self.labelSpace.classes.indices.contains($0.key) && $0.key != self.labelSpace.void }
    folder.mappedValues = mappedValues.compactMapValues { indices[$0] }.merging(values) { known, _ in known }
    return folder
  }
}

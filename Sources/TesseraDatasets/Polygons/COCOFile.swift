import Foundation
import TesseraImaging

/// A file of COCO's format (Lin et al. 2014): pictures, categories, and for each object polygons or runs of pixels.
struct COCOFile: Decodable {
  struct Picture: Decodable {
    let id: AnnotationIdentifier
    let fileName: String
    let width, height: Int?
    enum CodingKeys: String, CodingKey {
      case id, width, height
      case fileName = "file_name"
    }
  }

  struct Category: Decodable {
    let id: Int
    let name: String
    let supercategory: String?
  }

  struct Annotation: Decodable {
    let id: AnnotationIdentifier?
    let picture: AnnotationIdentifier
    let category: Int
    let segmentation: Segmentation?
    enum CodingKeys: String, CodingKey {
      case id, segmentation
      case picture = "image_id"
      case category = "category_id"
    }
  }

  enum Segmentation: Decodable {
    case polygons([[Double]])
    /// Lengths of runs, or the text that holds them; height and width.
    case runs(lengths: [UInt32]?, text: String, size: [Int])

    private enum CodingKeys: CodingKey { case counts, size }

    init(from decoder: any Decoder) throws {
      let value = try decoder.singleValueContainer()
      // One polygon need not be in a list of its own.
      if let polygons = (try? value.decode([[Double]].self)) ?? (try? [value.decode([Double].self)]) {
        self = .polygons(polygons)
        return
      }
      let runs = try decoder.container(keyedBy: CodingKeys.self)
      let lengths = try? runs.decode([UInt32].self, forKey: .counts)
      self = .runs(
        lengths: lengths, text: lengths == nil ? try runs.decode(String.self, forKey: .counts) : "",
        size: try runs.decode([Int].self, forKey: .size))
    }
  }

  let images: [Picture]
  let categories: [Category]
  let annotations: [Annotation]

  /// The masks of a file by its pictures' names, and what is said about them.
  struct Masks {
    /// In the file's order.
    var pictures: [(name: String, mask: ShapeMask)] = []
    var notes: [String] = []
  }

  /// Draws smaller objects over larger ones.
  ///
  /// - Parameters:
  ///   - path: the file's, for messages.
  ///   - indices: the class of each category.
  /// - Throws: `AnnotationError` with everything that is wrong.
  func masks(path: String, indices: [Int: Int], background: Int) throws(AnnotationError) -> Masks {
    var checks = ShapeChecks()
    var shapes: [AnnotationIdentifier: [ShapeMask.Shape]] = [:]
    var sizes: [AnnotationIdentifier: (width: Int, height: Int)] = [:]
    for picture in images {
      let place = "picture \(picture.id) (\(picture.fileName))"
      if sizes[picture.id] != nil { checks.add("\(place): its id occurs twice") }
      guard let width = picture.width, let height = picture.height else {
        checks.add(
          "\(place): its \(picture.width == nil ? "width" : "height") is missing; export the file again with it")
        continue
      }
      if checks.checkSize(width: width, height: height, place: place) { sizes[picture.id] = (width, height) }
    }
    let known = Set(images.map(\.id))
    for (number, annotation) in annotations.enumerated() {
      let place = "annotation \(annotation.id.map(\.description) ?? "number \(number + 1)")"
      guard let size = sizes[annotation.picture] else {
        // Of one that the file lists without a size, that is said already.
        if known.contains(annotation.picture) { continue }
        checks.add("\(place): belongs to picture \(annotation.picture), which the file does not list")
        continue
      }
      guard let index = indices[annotation.category] else {
        let listed = categories.map { "\($0.id) is \($0.name)" }.prefix(5).joined(separator: ", ")
        checks.add(
          "\(place): has category \(annotation.category), which the file does not list (\(listed)"
            + "\(categories.count > 5 ? ", ..." : ""))")
        continue
      }
      if let geometry = Self.geometry(annotation.segmentation, size, place, &checks) {
        shapes[annotation.picture, default: []].append(ShapeMask.Shape(index: index, geometry: geometry))
      }
    }
    if !annotations.isEmpty && shapes.isEmpty && checks.problems.isEmpty {
      checks.add("has boxes only, no outlines: it is for detection, not for segmentation")
    }
    if !checks.problems.isEmpty { throw AnnotationError(path, checks.problems) }
    var masks = Masks(notes: checks.notes(of: path))
    for picture in images {
      guard let (width, height) = sizes[picture.id] else { continue }
      let mask = ShapeMask(
        width: width, height: height, background: background, shapes: shapes[picture.id] ?? [], order: .smallestOnTop)
      masks.pictures.append((picture.fileName, mask))
    }
    return masks
  }

  private static func geometry(
    _ segmentation: Segmentation?, _ size: (width: Int, height: Int), _ place: String, _ checks: inout ShapeChecks
  ) -> ShapeMask.Geometry? {
    switch segmentation {
    case .polygons(let polygons) where !polygons.isEmpty:
      let drawn = polygons.filter { checks.check($0, width: size.width, height: size.height, place: place) }
      return drawn.isEmpty ? nil : .polygons(drawn)
    case nil, .polygons:
      checks.leaveOut(.object)
      return nil
    case .runs(let lengths, let text, let stated):
      guard stated == [size.height, size.width] else {
        checks.add(
          "\(place): its runs are for \(stated.reversed().map(String.init).joined(separator: " x ")) pixels, but the "
            + "picture has \(size.width) x \(size.height)")
        return nil
      }
      guard let lengths = lengths ?? PixelRuns.lengths(decompressing: text) else {
        checks.add("\(place): its compressed runs are damaged")
        return nil
      }
      let sum = lengths.reduce(0) { $0 + Int($1) }
      guard sum == size.width * size.height else {
        checks.add("\(place): its runs cover \(sum) pixels, but the picture has \(size.width * size.height)")
        return nil
      }
      return .runs(lengths)
    }
  }
}

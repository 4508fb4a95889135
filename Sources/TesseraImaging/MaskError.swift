import Foundation

/// Why a picture is not a mask.
public enum MaskError: Error, Sendable, Equatable {
  /// The file holds something other than class indices; `kind` says what: "holds colors".
  case notIndices(file: String, kind: String)

  /// Values that the label space does not have.
  case unknownValues(file: String, UnknownValues)

  /// Values that a relabeling does not know, the first with its place, and those that it knows; all in ascending order.
  case unmappedValues(file: String, [Int], x: Int, y: Int, known: [Int])

  /// A picture that should have the label space's colors has others.
  case unknownColors(file: String, UnknownColors)

  /// Several classes share a color of the picture, so it does not identify a class.
  case ambiguousColor(file: String, Color, classes: [String])

  /// A mask can only be written as PNG.
  case notPNG(file: String)
}

/// The values of a mask that its label space does not have: all of them, and where the first is.
public struct UnknownValues: Sendable, Equatable {
  /// One value and the number of pixels that hold it.
  public struct Count: Sendable, Equatable {
    public let value: Int
    public let pixels: Int
  }

  /// In ascending order.
  public let counts: [Count]

  /// The first such pixel, row by row: column and row from 0, and its value.
  public let first: (x: Int, y: Int, value: Int)

  /// The number of classes in the label space.
  public let classCount: Int

  /// The label space's void index.
  public let void: Int?

  public static func == (left: UnknownValues, right: UnknownValues) -> Bool {
    left.counts == right.counts && left.first == right.first && left.classCount == right.classCount
      && left.void == right.void
  }

  /// What the values look like and what to do.
  public var advice: String {
    let values = counts.map(\.value)
    if values == [255], classCount == 2 {
      return "a 0/255 mask: write the second class as 1 instead of 255, or say what the values mean in a map of classes"
    }
    if values == [255] {
      return "255 usually marks pixels without a class: declare 255 as void"
    }
    if values == [classCount] {
      return "the labels seem to count from 1: subtract 1, or name a class for index 0"
    }
    if values.count > 16, counts.contains(where: { $0.value > classCount + 16 }) {
      return "so many values suggest a picture that was not meant as a mask, or one scaled with interpolation"
    }
    return "correct the mask, or name the missing classes (classes.txt)"
  }
}

extension MaskError: PictureFault, CustomStringConvertible, LocalizedError {
  package var file: String {
    switch self {
    case .notIndices(let file, _), .unknownValues(let file, _), .unmappedValues(let file, _, _, _, _),
      .unknownColors(let file, _), .ambiguousColor(let file, _, _), .notPNG(let file):
      file
    }
  }

  package var reason: String {
    switch self {
    case .notIndices(_, let kind):
      return "\(kind); a mask must be a \(FileFormat.maskNames) of class numbers, gray or palette"
    case .unknownValues(_, let unknown):
      let shown = 12
      let list = unknown.counts.prefix(shown).map { "\($0.value) (\($0.pixels) px)" }.joined(separator: ", ")
      let more = unknown.counts.count > shown ? " and \(unknown.counts.count - shown) more values" : ""
      let allowed = "0...\(unknown.classCount - 1)" + (unknown.void.map { " or void = \($0)" } ?? "")
      return "mask values \(list)\(more) are not classes (\(allowed)); the first is "
        + "\(unknown.first.value) at x = \(unknown.first.x), y = \(unknown.first.y); \(unknown.advice)"
    case .unmappedValues(_, let values, let x, let y, let known):
      func list(_ values: [Int]) -> String {
        values.prefix(40).map(String.init).joined(separator: ", ") + (values.count > 40 ? ", ..." : "")
      }
      return "mask values \(list(values)) stand for no class (known: \(list(known))); one is at x = \(x), y = \(y); "
        + "correct the mask, or choose another layout or void value"
    case .unknownColors(_, let unknown):
      let shown = 12
      let list = unknown.counts.prefix(shown).map { count in
        "\(count.color) (\(count.pixels) px, x = \(count.x), y = \(count.y)"
          + (count.nearest.map { "; nearest: \($0.name) \($0.color)" } ?? "") + ")"
      }
      let more = unknown.counts.count > shown ? " and \(unknown.counts.count - shown) more colors" : ""
      return "\(list.joined(separator: ", "))\(more) are colors of no class (with the first pixel of each); "
        + unknown.advice
    case .ambiguousColor(_, let color, let classes):
      return
        "\(color) is the color of \(classes.joined(separator: " and of ")), so the class is ambiguous; "
        + "give each its own color"
    case .notPNG:
      return "the name of a mask to write must end in .png; other formats would change its indices"
    }
  }

  public var description: String { "\(file): \(reason)" }
  public var errorDescription: String? { description }
}

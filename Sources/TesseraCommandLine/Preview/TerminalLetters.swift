import Tessera

/// Pictures as plain text, for terminals without colors: shades for a photograph, a letter for each class.
struct TerminalLetters {
  private static let shades = Array(" .:-=+*#%@")
  private static let letters = Array("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789")

  /// The classes in the order of their letters; further ones share a question mark.
  let classes: [Int]

  /// The sign of a class.
  func letter(_ index: Int) -> Character {
    guard let place = classes.firstIndex(of: index), place < Self.letters.count else { return "?" }
    return Self.letters[place]
  }

  /// A line for each row of pixels.
  func lines(_ mask: Mask) -> [String] {
    (0..<mask.height).map { row in
      String((0..<mask.width).map { letter(Int(mask.indices[row * mask.width + $0])) })
    }
  }

  /// A line for each row of pixels, light pixels denser.
  func lines(_ image: Image) -> [String] {
    let pixels = image.pixels
    return (0..<image.height).map { row in
      String(
        (0..<image.width).map { column in
          let place = (row * image.width + column) * image.channels
          let value =
            image.channels == 1
            ? pixels[place] : Color(pixels[place], pixels[place + 1], pixels[place + 2]).luma
          return Self.shades[Int(value) * Self.shades.count / 256]
        })
    }
  }
}

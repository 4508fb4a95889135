import Tessera

/// Shows a part of the picture, enlarged by up to a quarter.
struct Zoom: GeometricStep {
  let word = "zoom"

  func map(for size: ImageSize, random: RandomStream) -> CoordinateMap {
    var random = random
    let share = random.uniform(in: 0.8..<1)
    let (centerX, centerY) = (Float(size.width) / 2, Float(size.height) / 2)
    return CoordinateMap { x, y in (centerX + share * (x - centerX), centerY + share * (y - centerY)) }
  }
}

/// Makes some of the photographs dark and pale.
struct Dusk: PhotometricStep {
  let word = "dusk"

  func changed(_ image: Image, random: RandomStream) -> Image {
    var random = random
    if random.uniform() < 0.7 { return image }
    return ColorChange(brightness: 0.5, contrast: 1, saturation: 0.7, hue: 0).applied(to: image)
  }
}

let scenes = SyntheticScenes(count: 6, width: 96, height: 96, outlines: 255)
let augmentation = Augmentation([RandomScale(0.5...2), Dusk(), Rotation(10), Zoom(), Flip()])
let loader = DataLoader(scenes, batchSize: 6, imageSize: 96, augmentation: augmentation)
for try await batch in loader.epoch(0) { print(augmentation, batch.images.shape) }

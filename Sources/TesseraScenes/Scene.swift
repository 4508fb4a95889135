import TesseraDatasets
import TesseraImaging
import TesseraTensors

/// One scene: what is where, before any pixel is drawn.
struct Scene {
  private let view: SceneView
  private let sky: SceneSky
  private let ground: SceneGround
  private let skylines: [SceneSkyline]
  private let things: [any SceneThing]
  private let grain: RandomStream

  private enum Theme: CaseIterable { case city, suburb, countryside, coast }

  /// Creates the scene of a stream; the same stream gives the same scene.
  ///
  /// - Parameter aspect: the picture's width over its height.
  init(random: RandomStream, aspect: Float) {
    var layout = random.derived("layout")
    var lightRandom = random.derived("light")
    let light = SceneLight(random: &lightRandom)
    let theme = Theme.allCases[layout.index(below: Theme.allCases.count)]
    view = SceneView(
      aspect: aspect, horizon: layout.uniform(in: 0.36..<0.52), vanishingX: layout.uniform(in: 0.3..<0.7) * aspect,
      light: light, noise: ValueNoise(key: UInt32(truncatingIfNeeded: random.derived("noise").key)))

    let hasMountains = layout.uniform() < (theme == .city ? 0.3 : 0.75)
    var skyRandom = random.derived("sky")
    sky = SceneSky(
      aspect: aspect, horizon: view.horizon, cloudiness: light.cloudiness, hasMountains: hasMountains,
      random: &skyRandom)
    ground = Self.ground(of: theme, in: view, random: &layout)

    var skylines: [SceneSkyline] = []
    if layout.uniform() < 0.55 { skylines.append(SceneSkyline(kind: .wood, aspect: aspect, random: &layout)) }
    if layout.uniform() < (theme == .city ? 0.8 : 0.2) {
      skylines.append(SceneSkyline(kind: .town, aspect: aspect, random: &layout))
    }
    self.skylines = skylines

    var crowd = SceneCrowd(ground: ground, view: view, random: random.derived("things"))
    switch theme {
    case .city: crowd.populate(buildings: 9, houses: 0, trees: 4, cars: 4, people: 5)
    case .suburb: crowd.populate(buildings: 1, houses: 6, trees: 9, cars: 3, people: 4)
    case .countryside: crowd.populate(buildings: 0, houses: 2, trees: 14, cars: 2, people: 2)
    case .coast: crowd.populate(buildings: 1, houses: 3, trees: 7, cars: 2, people: 4)
    }
    things = crowd.things.sorted { $0.scale < $1.scale }
    grain = random.derived("grain")
  }

  /// Draws the scene at a size, to which its own aspect ratio is stretched.
  func drawn(width: Int, height: Int) -> (image: Image, mask: Mask) {
    var canvas = SceneCanvas(width: width, height: height, aspect: view.aspect)
    sky.draw(on: &canvas, in: view)
    for skyline in skylines { skyline.draw(on: &canvas, in: view) }
    ground.draw(on: &canvas, in: view)
    for thing in things { thing.draw(on: &canvas, in: view) }
    let image = canvas.developed(exposure: view.light.exposure, noise: view.light.noise, random: grain)
    return (image, canvas.mask)
  }

  private static func ground(of theme: Theme, in view: SceneView, random: inout RandomStream) -> SceneGround {
    let water: SceneGround.Water
    switch theme {
    case .coast: water = .sea(width: random.uniform(in: 0.07..<0.2))
    case .countryside, .suburb:
      let scale = random.uniform(in: 0.06..<0.22)
      water =
        random.uniform() < 0.5
        ? .lake(
          x: random.uniform(in: 0.05..<0.95) * view.aspect, scale: scale,
          radius: scale * random.uniform(in: 1.2..<2.2)) : .none
    case .city: water = .none
    }
    let across = SceneGround.Road.across(
      far: random.uniform(in: 0.17..<0.23), near: random.uniform(in: 0.34..<0.42))
    let ahead = SceneGround.Road.ahead(
      center: random.uniform(in: -0.5..<0.5), width: random.uniform(in: 2.1..<3.2),
      bend: theme == .city ? 0 : random.uniform(in: -4..<4))
    let choice = random.uniform()
    let road: SceneGround.Road
    switch theme {
    case .city: road = choice < 0.65 ? ahead : across
    case .suburb: road = choice < 0.55 ? ahead : across
    case .countryside: road = choice < 0.45 ? ahead : .none
    case .coast: road = choice < 0.5 ? across : .none
    }
    return SceneGround(water: water, road: road, random: &random)
  }
}

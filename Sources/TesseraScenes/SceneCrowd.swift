import TesseraDatasets
import TesseraTensors

/// Finds places for the things in a scene: houses beside the road, cars on it, nobody in the water.
struct SceneCrowd {
  private let ground: SceneGround
  private let view: SceneView
  private var random: RandomStream
  private(set) var things: [any SceneThing] = []

  init(ground: SceneGround, view: SceneView, random: RandomStream) {
    self.ground = ground
    self.view = view
    self.random = random
  }

  /// Places up to the given numbers of things.
  mutating func populate(buildings: Int, houses: Int, trees: Int, cars: Int, people: Int) {
    for _ in 0..<some(of: buildings) { placeBuilding(isHouse: false) }
    for _ in 0..<some(of: houses) { placeBuilding(isHouse: true) }
    for _ in 0..<some(of: trees) { placeTree() }
    for _ in 0..<some(of: cars) { placeCar() }
    for _ in 0..<some(of: people) { placePerson() }
  }

  private mutating func some(of most: Int) -> Int { most == 0 ? 0 : (most + 1) / 2 + random.index(below: most / 2 + 1) }

  /// Draws a scale; as in real pictures, more things are far away than near.
  private mutating func scale(from far: Float, to near: Float) -> Float {
    let t = random.uniform()
    return far + (near - far) * t * t
  }

  /// A place across the picture at `scale`, beside a road and at least `margin` from it.
  private mutating func across(at scale: Float, margin: Float) -> Float {
    let x = random.uniform(in: -0.02..<1.02) * view.aspect
    let across = (x - view.vanishingX) / scale
    guard case .ahead(_, let width, _) = ground.road else { return across }
    let (center, half) = (ground.roadCenter(at: scale), width / 2 + margin)
    guard abs(across - center) < half else { return across }
    // Moved to the shoulder on its side rather than discarded: streets are lined with things.
    return center + (across < center ? -half : half) * random.uniform(in: 1..<1.25)
  }

  private func isInWater(across: Float, scale: Float) -> Bool {
    switch ground.water {
    case .none: return false
    case .sea(let width): return scale < width * 1.2
    case .lake(let x, let lakeScale, let radius):
      let center = (x: x, y: lakeScale)
      let place = view.vanishingX + across * scale
      return ellipseDistance(place, scale, center: center, radius: (radius * 1.15, lakeScale * 0.42)) < 0
    }
  }

  private mutating func placeBuilding(isHouse: Bool) {
    // Walls must not block the view of the street, so they stay behind a crossing one.
    var near: Float = 0.3
    if case .across(let far, _) = ground.road { near = far * 0.95 }
    let scale = scale(from: 0.07, to: near)
    let width = isHouse ? random.uniform(in: 0.9..<1.5) : random.uniform(in: 0.9..<1.9)
    let middle = across(at: scale, margin: 0.35 + width / 2)
    guard !isInWater(across: middle, scale: scale) else { return }
    things.append(
      SceneBuilding(
        left: middle - width / 2, right: middle + width / 2, scale: scale,
        length: random.uniform(in: 0.8..<2.4), isHouse: isHouse, maximumHeight: 0.62 / scale.squareRoot() + 1.2,
        random: &random))
  }

  private mutating func placeTree() {
    var scale = scale(from: 0.05, to: 0.42)
    if case .across(let far, let near) = ground.road, scale > far * 0.96, scale < near + 0.02 { scale = far * 0.96 }
    let across = across(at: scale, margin: 0.4)
    guard !isInWater(across: across, scale: scale) else { return }
    things.append(SceneTree(across: across, scale: scale, random: &random))
  }

  private mutating func placeCar() {
    switch ground.road {
    case .none: return
    case .ahead(_, let width, _):
      let scale = scale(from: 0.08, to: 0.46)
      let isRight = random.uniform() < 0.5
      let lane = ground.roadCenter(at: scale) + (isRight ? width : -width) / 4
      things.append(SceneCar(across: lane, scale: scale, aspect: isRight ? .rear : .front, random: &random))
    case .across(let far, let near):
      let facesRight = random.uniform() < 0.5
      // The centers of the two lanes, halved in depth.
      let (z0, z1) = (1 / far, 1 / near)
      let scale = 1 / (facesRight ? z1 + (z0 - z1) * 0.16 : z1 + (z0 - z1) * 0.66)
      let across = (random.uniform(in: 0..<1) * view.aspect - view.vanishingX) / scale
      things.append(SceneCar(across: across, scale: scale, aspect: .side(facesRight: facesRight), random: &random))
    }
  }

  private mutating func placePerson() {
    let scale = scale(from: 0.14, to: 0.5)
    let across = across(at: scale, margin: random.uniform(in: -0.5..<0.4))
    guard !isInWater(across: across, scale: scale) else { return }
    things.append(ScenePerson(across: across, scale: scale, random: &random))
  }
}

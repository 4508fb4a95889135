import Testing

@testable import SegmentationServer

@Suite struct MaskFormTests {
  @Test(
    arguments: [
      (nil, .indices), ("*/*", .indices), ("image/*", .indices), ("image/png", .indices), ("IMAGE/PNG", .indices),
      ("image/jpeg", .overlay), ("application/json", .summary), ("application/*", .summary),
      ("application/json, image/png", .indices), ("application/json, image/png;q=0.9", .summary),
      ("image/png;q=0, image/*", .overlay), ("image/*;q=0.2, */*;q=0.5", .summary),
      ("text/html, image/avif, image/webp, image/jpeg ; q=0.8 , */*;q=0.1", .overlay),
      ("nonsense, image/jpeg", .overlay), ("image/png;q=two, application/json", .summary),
      ("text/html", nil), ("", nil), ("image/webp", nil), ("image/png;q=0", nil), ("image/png;q=7", nil),
      ("image", nil),
    ] as [(String?, MaskForm?)])
  func acceptChoosesTheForm(accept: String?, form: MaskForm?) { #expect(MaskForm(accepting: accept) == form) }
}

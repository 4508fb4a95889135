/// Which mask value is not a class.
public enum VoidChoice: Sendable, Hashable {
  /// 0 in ADE20K's layout, 255 in a plain folder.
  case layoutDefault

  /// This value, 0...65535; it may lie outside the classes.
  case value(Int)

  /// Every value is a class and counts.
  case none
}

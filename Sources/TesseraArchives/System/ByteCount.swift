import Foundation

/// A byte count as people read it: `1.2 GB`, `870 MB`, `12 kB`.
package func byteCount(_ bytes: Int) -> String {
  var (value, unit) = (Double(bytes), "bytes")
  for larger in ["kB", "MB", "GB", "TB"] where value >= 999.5 { (value, unit) = (value / 1000, larger) }
  let digits = unit == "bytes" || value >= 9.95 ? 0 : 1
  return String(format: "%.\(digits)f ", value) + unit
}

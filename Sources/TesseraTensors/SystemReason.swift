import Foundation

/// Why the system refused a file, in its own words ("Permission denied"): the error below Foundation's wrappings.
package func systemReason(of error: any Error) -> String {
  var innermost = error as NSError
  while let inner = innermost.userInfo[NSUnderlyingErrorKey] as? any Error { innermost = inner as NSError }
  guard innermost.domain == NSPOSIXErrorDomain else { return innermost.localizedDescription }
  return String(cString: strerror(Int32(innermost.code)))
}

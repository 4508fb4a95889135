/// The version of the library and its programs.
package let tesseraVersion = "0.2.0"

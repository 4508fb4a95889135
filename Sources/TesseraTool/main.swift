import TesseraCommandLine

// The command line with the library's networks.
await TesseraProgram.run()

// One import for users: every public module of the library.
@_exported import TesseraAutograd
@_exported import TesseraCheckpoints
@_exported import TesseraDatasets
@_exported import TesseraImaging
@_exported import TesseraKernels
@_exported import TesseraLayers
@_exported import TesseraOptimizers
@_exported import TesseraNetworks
@_exported import TesseraPictures
@_exported import TesseraScenes
@_exported import TesseraSegmentation
@_exported import TesseraTensors
@_exported import TesseraTerminal
@_exported import TesseraTraining

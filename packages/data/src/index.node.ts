export * from './index.ts'
export { type IdxPairOptions, loadIdxPair, readIdxFile, readIdxLabels } from './node/idx-files.ts'
export { loadMnist, loadMnistLabels, MNIST_MEAN, MNIST_STD, type MnistSplit } from './node/mnist.ts'
export { loadTable, readCsvFile, readJsonlFile } from './node/table-files.ts'

export * from './index.ts'
export { type IdxPairOptions, loadIdxPair, readIdxFile, readIdxLabels } from './node/idx-files.ts'
export { loadMnist, loadMnistLabels, MNIST_MEAN, MNIST_STD, type MnistSplit } from './node/mnist.ts'
export { loadTable, readCsvColumnsFile, readCsvFile, readJsonlFile } from './node/table-files.ts'
export {
  type ExampleTable,
  type VerticalExample,
  type VerticalExampleName,
  verticalExample,
  verticalExampleNames,
} from './node/vertical-examples.ts'

export { liveHandles } from './handles.ts'
export { checkMessageSizes } from './message-size.ts'
export { checkParameters, chooseParameters, type ParameterInput } from './parameters.ts'
export { createScheme, type SchemeSizes, type SlrScheme } from './scheme.ts'

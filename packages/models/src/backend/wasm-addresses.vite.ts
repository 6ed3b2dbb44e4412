import plain from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm.wasm?url'
import simd from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm?url'
import threadedSimd from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-threaded-simd.wasm?url'
import type { WasmFiles } from './wasm-files.ts'

/** Where Vite serves the files that came with the installed TensorFlow.js. Only what is bundled by Vite can import this. */
export const wasmFiles: WasmFiles = { plain, simd, threadedSimd }

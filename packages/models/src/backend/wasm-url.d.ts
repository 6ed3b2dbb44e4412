/** Vite's import of an asset's address. */
declare module '*.wasm?url' {
  const address: string
  export default address
}

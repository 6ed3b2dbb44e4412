/** Browsers have no environment. */
export const requestedBackend = (): string | undefined => undefined

export const loadNative = (): Promise<string | null> => Promise.resolve('native TensorFlow runs in Node only')

export const hasAdapter = (): Promise<boolean> => Promise.resolve(false)

export const loadWebGpu = (): Promise<string | null> => Promise.resolve('WebGPU is for browsers')

/** Whether the browser gives a graphics adapter; many that know WebGPU have none for this machine. */
export const hasAdapter = async (): Promise<boolean> => ((await navigator.gpu?.requestAdapter()) ?? null) !== null

/**
 * Loads TensorFlow.js's WebGPU backend, which only those fetch who ask for it.
 * @returns why it cannot be used, or null
 */
export async function loadWebGpu(): Promise<string | null> {
  await import('./webgpu-backend.browser.ts')
  return null
}

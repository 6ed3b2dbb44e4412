const BLOCK = 1 << 18

/** A growing list of 32-bit floats in blocks: it never copies while it grows, so its peak is what it holds. */
export class FloatList {
  #blocks: Float32Array[] = []
  #length = 0

  push(value: number): void {
    const offset = this.#length % BLOCK
    if (offset === 0) this.#blocks.push(new Float32Array(BLOCK))
    const block = this.#blocks[this.#blocks.length - 1]
    if (block) block[offset] = value
    this.#length++
  }

  /** All values in one array; the list is empty afterwards. */
  take(): Float32Array {
    const values = new Float32Array(this.#length)
    for (const [i, block] of this.#blocks.entries()) {
      const offset = i * BLOCK
      values.set(block.subarray(0, Math.min(BLOCK, this.#length - offset)), offset)
    }
    this.#blocks = []
    this.#length = 0
    return values
  }
}

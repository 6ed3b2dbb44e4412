/** V8 makes no slice of fewer characters: it copies them. */
const SHORTEST_SLICE = 13

/**
 * The same text with its own memory: a slice of a piece would keep the piece, and in the end the whole file, in memory.
 * By JSON, since UTF-8 would change a lone surrogate.
 */
export const detached = (text: string): string => (text.length < SHORTEST_SLICE ? text : parsed(JSON.stringify(text)))

const parsed = (json: string): string => JSON.parse(json)

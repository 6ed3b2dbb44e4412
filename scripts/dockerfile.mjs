// Reads the part of the Dockerfile language that our Dockerfile uses; anything else is refused rather than misread.
const known = [
  'FROM',
  'ENV',
  'WORKDIR',
  'RUN',
  'USER',
  'COPY',
  'VOLUME',
  'EXPOSE',
  'HEALTHCHECK',
  'STOPSIGNAL',
  'ENTRYPOINT',
  'CMD',
  'ARG',
  'LABEL',
]

/**
 * @param {string} text
 * @returns {{ name: string, value: string }[]} instructions in order; continued lines are one
 */
export function parseDockerfile(text) {
  const lines = text
    .split('\n')
    .filter((line) => !/^\s*#/.test(line))
    .join('\n')
    .replace(/\\\n\s*/g, '')
    .split('\n')
    .filter((line) => line.trim() !== '')
  return lines.map((line) => {
    const [, name = '', value = ''] = /^([A-Z]+)\s+(.*)$/.exec(line.trim()) ?? []
    if (!known.includes(name)) throw new Error(`not an instruction that is known here: ${line}`)
    return { name, value }
  })
}

/**
 * The words of a CMD or ENTRYPOINT in exec form.
 * @param {string} value
 * @returns {string[]}
 */
export function execWords(value) {
  const words = JSON.parse(value)
  if (!Array.isArray(words) || !words.every((word) => typeof word === 'string')) throw new Error(`not in exec form: ${value}`)
  return words
}

/**
 * COPY's sources and target, and its flags.
 * @param {string} value
 */
export function copyParts(value) {
  const words = value.split(/\s+/)
  const flags = words.filter((word) => word.startsWith('--'))
  const paths = words.filter((word) => !word.startsWith('--'))
  return { flags, sources: paths.slice(0, -1), target: paths.at(-1) ?? '' }
}

/**
 * ENV's variables: NAME=value pairs without spaces in them.
 * @param {string} value
 * @returns {Record<string, string>}
 */
export function envPairs(value) {
  return Object.fromEntries(
    value.split(/\s+/).map((pair) => {
      const [, name, text] = /^(\w+)=(\S*)$/.exec(pair) ?? []
      if (name === undefined) throw new Error(`not NAME=value: ${pair}`)
      return [name, text ?? '']
    }),
  )
}

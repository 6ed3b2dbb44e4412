/** Longest text of somebody else that is shown. */
const MOST_CHARACTERS = 300

/**
 * Words of somebody who need not be trusted, fit for a line of a terminal or a page: no control, format or direction characters, no
 * line breaks, at most 300 characters.
 */
export function plainWords(text: string): string {
  const line = [...text.replace(/[\p{C}\p{Z}]+/gu, ' ').trim()]
  return line.length <= MOST_CHARACTERS ? line.join('') : `${line.slice(0, MOST_CHARACTERS - 1).join('')}…`
}

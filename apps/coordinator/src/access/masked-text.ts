import {
  type Absence,
  absenceSchema,
  catalogue,
  type ErrorBody,
  type ErrorCode,
  isErrorCode,
  TributaryError,
} from '@tributary/protocol'
import type { View } from './view.ts'

/** Stands where a text of another participant would. */
export const WITHHELD = '…'

/**
 * An error of one participant, for somebody who may not read that participant's texts: its code with the catalogue's texts, and
 * none of its details.
 */
export function maskedError(error: ErrorBody): ErrorBody {
  if (!isErrorCode(error.code)) return { ...error, message: WITHHELD, nextStep: WITHHELD, details: {} }
  return new TributaryError(error.code, maskedDetails(error.code)).toBody()
}

function maskedDetails(code: ErrorCode): Record<string, string> {
  const { cause, nextStep } = catalogue[code]
  const fields = [cause.en, nextStep.en, cause.zh, nextStep.zh].join(' ').matchAll(/\{(\w+)\}/g)
  return Object.fromEntries([...fields].map(([, field]) => [field, WITHHELD]))
}

/**
 * An error about a whole run, whose details may name several participants and quote them: each detail that holds a name becomes the
 * list of those names as this caller knows them, or keeps its words where the caller may read all that they quote.
 */
export function errorInView<Body extends ErrorBody>(error: Body, names: readonly string[], view: View): Body {
  if (view.whole) return error
  const masked = Object.entries(error.details).map(([field, value]) => [field, detailInView(value, names, view)])
  const details = Object.fromEntries(masked) as TributaryError['details']
  const texts = isErrorCode(error.code) ? new TributaryError(error.code, details).toBody() : maskedError(error)
  return { ...error, message: texts.message, nextStep: texts.nextStep, details }
}

function detailInView(value: unknown, names: readonly string[], view: View): unknown {
  const absences = absenceSchema.array().safeParse(value)
  if (absences.success) return absences.data.map((one) => absenceInView(one, names, view))
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  const held = names.filter((name) => holdsName(text, name))
  if (held.every((name) => view.name(name) === name)) return value
  if (typeof value === 'string' && held.every((name) => view.single(name))) return textInView(value, held, view)
  return held.map((name) => view.name(name)).join(', ')
}

/** Where somebody is in a round may be known; what they wrote, and what of their update was refused, only where they may be read. */
function absenceInView(absence: Absence, names: readonly string[], view: View): Absence {
  const name = view.name(absence.name)
  const may = view.single(absence.name)
  const inView = (text: string) => textInView(text, names, view)
  if (absence.why === 'refused') {
    const { code } = absence.error
    const masked = { code, details: isErrorCode(code) ? maskedDetails(code) : {} }
    return { ...absence, name, error: may ? JSON.parse(inView(JSON.stringify(absence.error))) : masked }
  }
  if (!('words' in absence)) return { ...absence, name }
  return { ...absence, name, words: absence.words === null ? null : may ? inView(absence.words) : WITHHELD }
}

/** A text of somebody who may be read, but not by name. */
export const textInView = (text: string, names: readonly string[], view: View): string =>
  names.reduce((told, name) => told.replace(inText(name, 'g'), view.name(name)), text)

/** Names are of lower-case letters, digits and hyphens: `a` is not in `alder`, but it is in `a: no update`. */
const inText = (name: string, flags = ''): RegExp => new RegExp(`(?<![a-z0-9-])${name}(?![a-z0-9-])`, flags)
const holdsName = (text: string, name: string): boolean => inText(name).test(text)

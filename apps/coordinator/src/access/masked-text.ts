import {
  type Absence,
  absenceSchema,
  catalogue,
  type ErrorBody,
  type ErrorCode,
  isErrorCode,
  TributaryError,
} from '@tributary/protocol'
import { isOrdinaryWord, NamesInText } from './names-in-text.ts'
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
 * An error about a whole run, whose details may name several participants and quote them: texts with such names are told as this
 * caller may know them. Numbers and the form of the details stay, whatever a participant is called.
 */
export function errorInView<Body extends ErrorBody>(error: Body, names: readonly string[], view: View): Body {
  if (view.whole) return error
  const reader = readerOf(names, view)
  const details = eachField(error.details, (value) => detailInView(value, reader, view)) as TributaryError['details']
  const texts = isErrorCode(error.code) ? new TributaryError(error.code, details).toBody() : maskedError(error)
  return { ...error, message: texts.message, nextStep: texts.nextStep, details }
}

/**
 * A text of somebody who may be read, but not by name. With a name that is an ordinary word nothing of it is told, whether that name
 * stands in it or not: either would tell something of whose pseudonym it is.
 */
export const textInView = (text: string, names: readonly string[], view: View): string => readerOf(names, view).text(text)

/** What a reader may know of these names, found out once for all texts: each pseudonym is a keyed hash. */
interface Reader {
  readonly name: (name: string) => string
  readonly all: NamesInText
  /** Of those that it may not read. */
  readonly unread: NamesInText
  /** A pseudonym in a text could be guessed. */
  readonly mayGuess: boolean
  readonly text: (text: string) => string
}

function readerOf(names: readonly string[], view: View): Reader {
  const known = new Map(names.map((name) => [name, view.name(name)]))
  const name = (one: string): string => known.get(one) ?? view.name(one)
  const hidden = names.filter((one) => name(one) !== one)
  const inText = new NamesInText(hidden)
  const mayGuess = hidden.some(isOrdinaryWord)
  return {
    name,
    all: new NamesInText(names),
    unread: new NamesInText(hidden.filter((one) => !view.single(one))),
    mayGuess,
    text: (text) => (mayGuess ? WITHHELD : inText.replaced(text, name)),
  }
}

/** Of a detail that quotes somebody who may not be read, the names stay, as this caller knows them; other texts keep their words. */
function detailInView(value: unknown, reader: Reader, view: View): unknown {
  const absences = absenceSchema.array().safeParse(value)
  if (absences.success) return absences.data.map((one) => absenceInView(one, reader, view))
  if (reader.unread.in(textsOf(value).join('\n')).length === 0) return eachText(value, reader.text)
  if (reader.mayGuess) return eachText(value, () => WITHHELD)
  return eachText(value, (text) => reader.all.in(text).map(reader.name).join(', ') || WITHHELD)
}

/** Where somebody is in a round may be known; what they wrote, and what of their update was refused, only where they may be read. */
function absenceInView(absence: Absence, reader: Reader, view: View): Absence {
  const name = reader.name(absence.name)
  const may = view.single(absence.name)
  if (absence.why === 'refused') {
    const { code, details } = absence.error
    const masked = isErrorCode(code) ? maskedDetails(code) : {}
    const told = may ? eachField(details, (value) => eachText(value, reader.text)) : masked
    return { ...absence, name, error: { code, details: told } }
  }
  if (!('words' in absence)) return { ...absence, name }
  return { ...absence, name, words: absence.words === null ? null : may ? reader.text(absence.words) : WITHHELD }
}

const eachField = (fields: Readonly<Record<string, unknown>>, told: (value: unknown) => unknown): Record<string, unknown> =>
  Object.fromEntries(Object.entries(fields).map(([field, value]) => [field, told(value)]))

/** The value with its texts as they are told; names of fields, numbers, booleans and null stay. */
function eachText(value: unknown, told: (text: string) => string): unknown {
  if (typeof value === 'string') return told(value)
  if (Array.isArray(value)) return value.map((one) => eachText(one, told))
  if (typeof value === 'object' && value !== null) return eachField({ ...value }, (one) => eachText(one, told))
  return value
}

function textsOf(value: unknown): string[] {
  if (typeof value === 'string') return [value]
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(textsOf) : []
}

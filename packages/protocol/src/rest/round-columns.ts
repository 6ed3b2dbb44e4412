import { z } from 'zod'
import { participantIdSchema, participantNameSchema, runIdSchema } from '../ids.ts'
import { roundParticipantSchema, roundSchema } from './resources.ts'

/*
 * Many rounds of many participants: columns of numbers in place of an object for each part, a tenth of its size.
 */

/** What is told of a round beside its participants' parts. */
export const roundLineSchema = roundSchema.omit({ run: true, participants: true }).extend({
  asked: z.int(),
  accepted: z.int(),
  /** Bytes of the updates that were accepted. */
  bytes: z.int(),
})
export type RoundLine = z.infer<typeof roundLineSchema>

export const roundsQuerySchema = z.strictObject({
  /** `none` leaves out what each participant did. */
  cells: z.enum(['all', 'none']).default('all'),
})

/** Not checked by a pattern: that takes longer for a megabyte than to decode it. */
const base64 = z.string()
export const roundColumnsSchema = z.object({
  run: runIdSchema,
  rounds: z.array(roundLineSchema),
  /** Who stands in the columns of the cells. */
  members: z.array(z.object({ participant: participantIdSchema, name: participantNameSchema })),
  /** Row by row: the first round's cell of each member, then the second's. Little endian, in base64. Empty when not asked for. */
  cells: z.object({
    /** uint8: 0 for one who was not asked, otherwise 1 + the place in `partStates`. */
    state: base64,
    /** uint32, milliseconds after the round was opened; NO_TIME where it did not happen. */
    selected: base64,
    downloaded: base64,
    uploaded: base64,
    /** uint32, milliseconds of training by the participant's own clock; NO_TIME where it is not known, or may not be. */
    trained: base64,
  }),
  /** The newest round as a whole. */
  newest: roundSchema.nullable(),
})
export type RoundColumns = z.infer<typeof roundColumnsSchema>

export const partStates = roundParticipantSchema.shape.state.options
export const NO_TIME = 0xffff_ffff

/** How a metric lies over the participants, by rounds or buckets of 2^k rounds; columns of one length. */
export const metricSpreadSchema = z.object({
  name: z.string(),
  bucketRounds: z.int(),
  /** The last round of each bucket that has a value. */
  rounds: z.array(z.int()),
  /** 10th percentile: in a bucket the lowest of its rounds'. */
  low: z.array(z.number()),
  /** 90th percentile: in a bucket the highest of its rounds'. */
  high: z.array(z.number()),
  min: z.array(z.number()),
  max: z.array(z.number()),
  /** Mean over the participants of the bucket's last round, each with the same weight. */
  mean: z.array(z.number()),
})
export type MetricSpread = z.infer<typeof metricSpreadSchema>

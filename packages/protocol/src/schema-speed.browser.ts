import { config } from 'zod'

/*
 * zod compiles its checks with `new Function` where it may, and finds out by trying. The policies of our pages forbid it, and Firefox
 * reports each try to whoever reads the console. It counts for schemas that are made afterwards.
 */
config({ jitless: true })

/** What `npm start` runs, without the installation. Arguments: a program and its arguments. */
import { handOver } from '../../scripts/hand-over.mjs'

handOver(process.execPath, process.argv.slice(2))

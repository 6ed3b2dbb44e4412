import type { Command } from 'commander'

/** How a command finds its coordinator; see connection/chosen-connection.ts for what wins. */
export const withConnection = (command: Command): Command =>
  command
    .option('--url <url>', 'address of the coordinator (or TRIBUTARY_URL, or the profile saved by "tributary login")')
    .option('--token-file <file>', 'file that holds your token (or TRIBUTARY_TOKEN, or the saved profile)')

import fs from 'node:fs'

/** What this process writes to standard error: pino writes by `fs.write`, past `process.stderr`. */
export function tapStandardError(): { bytes(): Uint8Array; stop(): void } {
  const written: Buffer[] = []
  const real = { write: fs.write, writeSync: fs.writeSync }
  const note = (fd: unknown, data: unknown) => {
    if (fd === 2) written.push(typeof data === 'string' ? Buffer.from(data) : Buffer.from(data as Uint8Array))
  }
  fs.write = new Proxy(real.write, {
    apply(target, self, args) {
      note(args[0], args[1])
      return Reflect.apply(target, self, args)
    },
  })
  fs.writeSync = new Proxy(real.writeSync, {
    apply(target, self, args) {
      note(args[0], args[1])
      return Reflect.apply(target, self, args)
    },
  })
  return {
    bytes: () => Buffer.concat(written),
    stop() {
      fs.write = real.write
      fs.writeSync = real.writeSync
    },
  }
}

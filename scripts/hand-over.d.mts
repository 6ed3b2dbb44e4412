export function handOver(file: string, argv: readonly string[]): void

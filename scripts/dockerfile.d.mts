export function parseDockerfile(text: string): { name: string; value: string }[]
export function execWords(value: string): string[]
export function copyParts(value: string): { flags: string[]; sources: string[]; target: string }
export function envPairs(value: string): Record<string, string>

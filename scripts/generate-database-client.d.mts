export function schemaFor(provider: 'sqlite' | 'postgres', source?: string): string

// CommonJS, and loads by import(): see docs/decisions/0006-threads-load-by-import.md.
const loaded = import('./worker.ts')
for (const task of ['advance', 'finish', 'forget']) exports[task] = async (request) => (await loaded)[task](request)

// CommonJS, and loads by import(): see docs/decisions/0006-threads-load-by-import.md.
const loaded = import('./work.ts')
module.exports = async (task) => (await loaded).work(task)

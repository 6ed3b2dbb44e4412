// As jobs/worker.cjs.
const loaded = import('./breaking-worker.ts')
module.exports = async (task) => (await loaded).work(task)

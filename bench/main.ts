import { runEngineBench } from './engine/main.ts';

/** `npm run bench`: the front door; `npm run bench -- engine`: the segment engine alone. */
const [name, ...args] = process.argv.slice(2);
if (name === 'engine') {
  process.exitCode = await runEngineBench(args);
} else {
  const { runHttpBench } = await import('./http.ts');
  await runHttpBench();
}

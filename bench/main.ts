import { runEngineBench } from './engine/main.ts';

/** `npm run bench`: the front door; `npm run bench -- engine`: the segment engine alone; `-- segments`: the front door with few and many; `-- identity`: logins beside plain visits; `-- decisions`: deciding a page; `-- recommend`: what people buy together; `-- sdk`: start of the browser SDK beside others; `-- ttfb`: a page behind `personalize` beside the page alone; `-- lists`: pages of long and short lists of resources. */
const [name, ...args] = process.argv.slice(2);
if (name === 'engine') {
  process.exitCode = await runEngineBench(args);
} else if (name === 'segments') {
  const { runSegmentsBench } = await import('./segments/main.ts');
  process.exitCode = await runSegmentsBench(args);
} else if (name === 'identity') {
  const { runIdentityBench } = await import('./identity/main.ts');
  process.exitCode = await runIdentityBench(args);
} else if (name === 'decisions') {
  const { runDecisionsBench } = await import('./decisions/main.ts');
  process.exitCode = await runDecisionsBench(args);
} else if (name === 'recommend') {
  const { runRecommendBench } = await import('./recommend/main.ts');
  process.exitCode = await runRecommendBench(args);
} else if (name === 'sdk') {
  const { runSdkBench } = await import('./sdk/main.ts');
  process.exitCode = await runSdkBench(args);
} else if (name === 'ttfb') {
  const { runTtfbBench } = await import('./ttfb/main.ts');
  process.exitCode = await runTtfbBench(args);
} else if (name === 'shadow') {
  const { runShadowBench } = await import('./shadow/main.ts');
  process.exitCode = await runShadowBench(args);
} else if (name === 'lists') {
  const { runListsBench } = await import('./lists/main.ts');
  process.exitCode = await runListsBench(args);
} else {
  const { runHttpBench } = await import('./http.ts');
  await runHttpBench();
}

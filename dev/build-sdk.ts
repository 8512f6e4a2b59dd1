import { buildSdkText } from './build.ts';

// `npm run build`: what wrangler needs on disk before it bundles the Worker.
await buildSdkText();

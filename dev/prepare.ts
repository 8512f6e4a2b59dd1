import { buildSdkText } from './build.ts';
import { buildAssets } from './build-assets.ts';

// `npm run build`: what wrangler needs on disk before it bundles the Worker.
await buildSdkText();
await buildAssets();

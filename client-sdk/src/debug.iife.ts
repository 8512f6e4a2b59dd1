import { openDebug } from './debug.ts';
import { onClient } from './on-client.ts';

onClient(openDebug);

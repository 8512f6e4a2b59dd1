import { onClient } from './on-client.ts';
import { followTcf } from './tcf.ts';

onClient(followTcf);

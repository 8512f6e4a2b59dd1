import type { EffectMessage } from '../core/interaction/effect-message.ts';
import type { SignInEnv } from './sign-in-settings.ts';

/** Bindings and secrets as Cloudflare hands them over. Read in `services.ts` and the object services only. */
export interface Env extends SignInEnv {
  readonly PROFILE: DurableObjectNamespace;
  readonly DIRECTORY: DurableObjectNamespace;
  readonly PUBLISHER: DurableObjectNamespace;
  readonly BUDGET: DurableObjectNamespace;
  /** Absent: nothing is counted of what is viewed and bought. */
  readonly CATALOGUE?: DurableObjectNamespace;
  /** Absent: nobody can watch. */
  readonly LIVE?: DurableObjectNamespace;
  /** Absent: changes cannot be tried on a sample of profiles. */
  readonly SAMPLE?: DurableObjectNamespace;
  /** Absent: profiles catch up with a publish when they are next visited. */
  readonly SWEEP?: DurableObjectNamespace;
  readonly CONTROL: D1Database;
  readonly RULESETS: KVNamespace;
  readonly ARCHIVE: R2Bucket;
  readonly EFFECTS: Queue<EffectMessage>;
  readonly MINT_LIMIT: RateLimit;
  /** Absent: operators may ask as often as they like. */
  readonly OPERATOR_LIMIT?: RateLimit;
  /** `{"current":1,"keys":{"1":"<base64, 32 bytes>"}}`: signs visitor tokens; rotate by adding a key and raising `current`. */
  readonly VISITOR_KEYS: string;
  /** Base64, 32 bytes: names directory objects. Never changes: a new key would be a new directory. */
  readonly IDENTITY_KEY: string;
  /** Base64, 32 bytes: encrypts proof secrets at rest. */
  readonly CONFIG_KEY: string;
  /** SHA-256 (hex) of the first operator token. */
  readonly BOOTSTRAP_TOKEN_HASH?: string;
  /** `off` where the platform knows no jurisdictions (local workerd): profiles then live where their id says in name only. */
  readonly JURISDICTIONS?: string;
  /** `errors`: only requests that failed are logged. Default: one line a request. */
  readonly REQUEST_LOG?: string;
}

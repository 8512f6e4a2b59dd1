import { createHash, randomBytes } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Secrets of a local instance, made at its first start and kept beside its data. */
export interface LocalSecrets {
  readonly visitorKey: string;
  readonly identityKey: string;
  readonly configKey: string;
  readonly operatorToken: string;
  /** HS256 secret of the demo shop's identity proofs, base64url. */
  readonly proofSecret: string;
  readonly sessionSecret: string;
}

export function createSecrets(): LocalSecrets {
  const key = () => randomBytes(32).toString('base64');
  return {
    visitorKey: key(),
    identityKey: key(),
    configKey: key(),
    operatorToken: `op_main.${randomBytes(24).toString('base64url')}`,
    proofSecret: randomBytes(32).toString('base64url'),
    sessionSecret: randomBytes(32).toString('base64url'),
  };
}

/** Reads the secrets of a data folder, or makes them. */
export async function keepSecrets(folder: string): Promise<LocalSecrets> {
  const path = join(folder, 'secrets.json');
  try {
    return JSON.parse(await readFile(path, 'utf8')) as LocalSecrets;
  } catch {
    const made = createSecrets();
    await mkdir(folder, { recursive: true });
    await writeFile(path, JSON.stringify(made, null, 2), { mode: 0o600 });
    return made;
  }
}

/** The Worker's environment variables and secrets for a local instance. */
export function workerBindings(secrets: LocalSecrets): Record<string, string> {
  return {
    VISITOR_KEYS: JSON.stringify({ current: 1, keys: { 1: secrets.visitorKey } }),
    IDENTITY_KEY: secrets.identityKey,
    CONFIG_KEY: secrets.configKey,
    BOOTSTRAP_TOKEN_HASH: createHash('sha256').update(secrets.operatorToken).digest('hex'),
    JURISDICTIONS: 'off',
  };
}

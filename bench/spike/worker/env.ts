import type { Birth } from './birth.ts';
import type { Micro } from './micro.ts';
import type { Shape } from './shape.ts';
import type { Visit } from './visit.ts';
import type { Wake } from './wake.ts';

export interface Env {
  readonly Visit: DurableObjectNamespace<Visit>;
  readonly Shape: DurableObjectNamespace<Shape>;
  readonly Birth: DurableObjectNamespace<Birth>;
  readonly Wake: DurableObjectNamespace<Wake>;
  readonly Micro: DurableObjectNamespace<Micro>;
}

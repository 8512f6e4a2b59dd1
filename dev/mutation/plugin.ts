import { grammarNamesIgnorer } from './grammar-names-ignorer.ts';
import { InProcessRunner } from './in-process-runner.ts';

/** What Stryker looks for in a plugin. The kinds are the values of its enum `PluginKind`. */
export const strykerPlugins = [
  { kind: 'TestRunner', name: 'in-process', injectableClass: InProcessRunner },
  { kind: 'Ignore', name: 'grammar-names', value: grammarNamesIgnorer },
] as const;

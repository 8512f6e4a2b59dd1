import { GrowthBookClient } from '@growthbook/growthbook';
import { conditionOf } from '../engine/growthbook.ts';
import type { CaseName, DecisionSide } from './side.ts';
import { type DecisionWorkload, PLACEMENTS } from './workload.ts';

/** GrowthBook's client for servers: a feature is a placement, its rules are the offers in their order, those that are tested are experiments. */
export function growthbookSide({ offers, unit, profile, changes }: DecisionWorkload, name: CaseName): DecisionSide {
  const features = Object.fromEntries(
    Array.from({ length: PLACEMENTS }, (_, placement) => [
      `placement-${placement}`,
      {
        defaultValue: null,
        rules: offers
          .filter((offer) => offer.placement === placement)
          .map(({ id, rule, experiment }) => {
            const condition = conditionOf(rule);
            if (experiment === null) return { condition, force: id };
            return {
              condition,
              key: experiment,
              variations: [id, `${id} other`],
              weights: [0.5, 0.5],
              coverage: 1,
              hashAttribute: 'id',
              hashVersion: 2,
            };
          }),
      },
    ]),
  );
  const client = new GrowthBookClient().initSync({ payload: { features } });
  const keys = Object.keys(features);
  const own: Record<string, string | number | boolean> = { ...profile, id: unit };
  const user = { attributes: own };
  return {
    answer: (i) => {
      if (name === 'changed') Object.assign(own, changes[i % changes.length]);
      return keys.map((key) => client.evalFeature(key, user).value as string | null);
    },
  };
}

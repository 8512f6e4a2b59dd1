import type { Attribute } from '../profile/attribute.ts';

export type AttributeType = Attribute['type'];

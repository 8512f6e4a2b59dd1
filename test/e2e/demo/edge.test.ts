import { tellSarahsStory } from './sarah.ts';
import { DESKTOP, PHONE } from './stage.ts';

tellSarahsStory({ rendering: 'edge', device: 'desktop', options: DESKTOP });
tellSarahsStory({ rendering: 'edge', device: 'phone', options: PHONE });

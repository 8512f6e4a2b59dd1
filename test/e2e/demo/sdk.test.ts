import { tellSarahsStory } from './sarah.ts';
import { DESKTOP, PHONE } from './stage.ts';

tellSarahsStory({ rendering: 'sdk', device: 'desktop', options: DESKTOP });
tellSarahsStory({ rendering: 'sdk', device: 'phone', options: PHONE });

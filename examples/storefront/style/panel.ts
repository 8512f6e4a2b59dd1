export const PANEL = /* css */ `
.panel { position: fixed; right: 16px; bottom: 16px; z-index: 20; width: min(380px, 100vw - 24px); display: grid; justify-items: end; gap: 10px; pointer-events: none; font-size: .84rem; line-height: 1.45 }
.panel > * { pointer-events: auto }
.panel__toggle { order: 2; display: flex; align-items: center; gap: 8px; border: 0; border-radius: 99px; background: #1d2224; color: #f3efe4; padding: .55rem 1.05rem; font-weight: 600; cursor: pointer; box-shadow: 0 4px 18px rgba(20, 17, 13, .24) }
.panel__dot { width: 9px; height: 9px; border-radius: 50%; background: #8b8f8c }
.panel[data-state="authenticated"] .panel__dot { background: #6fcf97 }
.panel[data-state="recognised"] .panel__dot { background: #f2c94c }
.panel[data-state="anonymous"] .panel__dot { background: #9dbccb }
.panel__body { width: 100%; max-height: min(68vh, 640px); overflow: auto; background: #1d2224; color: #e9e5da; border-radius: 16px; padding: 16px 18px; box-shadow: 0 10px 40px rgba(20, 17, 13, .35); overscroll-behavior: contain }
.panel__note { color: #9aa19c; margin-bottom: 10px; font-size: .78rem }
.panel h3 { font-size: .72rem; letter-spacing: .1em; text-transform: uppercase; color: #d9a86c; margin: 14px 0 5px; font-weight: 600 }
.panel dl { display: grid; grid-template-columns: minmax(0, 9.5em) minmax(0, 1fr); gap: 2px 12px }
.panel dt { color: #9aa19c }
.panel dd { overflow-wrap: anywhere }
.panel ul { display: grid; gap: 5px }
.panel li { overflow-wrap: anywhere }
.panel .tag { display: inline-block; border-radius: 6px; background: #333b3d; padding: .05em .5em; margin: 0 4px 4px 0; font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; font-size: .95em }
.panel .tag--on { background: #2f5b4b }
.panel .why { color: #9aa19c }
.panel details { margin-top: 2px }
.panel summary { cursor: pointer; color: #b9beb9 }
@media (max-width: 820px) { .panel { right: 12px; bottom: 12px } .panel__toggle { font-size: .76rem; padding: .4rem .8rem } .panel__body { max-height: 60vh } }
@media print { .panel { display: none } }
`;

export const FORMS = /* css */ `
.sizes legend { font-size: .9rem; color: var(--soft); margin-bottom: 8px }
.sizes { display: grid; grid-template-columns: repeat(4, 1fr); gap: 10px; margin: 6px 0 16px }
.sizes legend { grid-column: 1 / -1 }
.sizes input { position: absolute; opacity: 0; pointer-events: none }
.sizes span { display: grid; place-items: center; height: 50px; border: 1.5px solid var(--line); border-radius: 12px; cursor: pointer; font-weight: 600; background: #fffdf9 }
.sizes label:hover span { border-color: var(--green) }
.sizes input:checked + span { border-color: var(--green); background: var(--green); color: #fff }
.sizes input:focus-visible + span { outline: 3px solid var(--focus); outline-offset: 2px }
.added { margin-top: 12px; background: #e6ece2; border-radius: 12px; padding: .7rem 1rem }
.bagpage { display: grid; grid-template-columns: minmax(0, 7fr) minmax(0, 4fr); gap: clamp(20px, 4vw, 56px); margin-top: 22px; align-items: start }
.line { display: grid; grid-template-columns: 104px 1fr auto; gap: 18px; padding: 16px 0; border-top: 1px solid var(--line); align-items: center }
.line__picture svg { width: 104px; height: 112px; border-radius: 12px }
.line__text { display: grid; gap: 3px; justify-items: start }
.line__text > a { font-weight: 600; text-decoration: none }
.line__text p, .line__text .linkish { color: var(--soft); font-size: .92rem }
.line__price { font-variant-numeric: tabular-nums; font-weight: 600 }
.summary { background: var(--card); border-radius: var(--round); padding: 24px; display: grid; gap: 14px }
.summary h2 { font-size: 1.2rem }
.summary dl div { display: flex; justify-content: space-between; padding: .3rem 0; font-variant-numeric: tabular-nums }
.summary__total { border-top: 1px solid #d5cdbd; margin-top: .5rem; padding-top: .7rem !important; font-weight: 600; font-size: 1.1rem }
.summary__gift, .gift__note { background: #f6e8cf; border-radius: 10px; padding: .6rem .9rem; font-size: .93rem }
.quiet { text-align: center; color: var(--soft); font-size: .94rem }
.checkout { display: grid; gap: 22px; margin-top: 20px }
.plain li { display: flex; justify-content: space-between; gap: 16px; padding: .6rem 0; border-bottom: 1px solid var(--line); font-variant-numeric: tabular-nums }
.plain__total { font-weight: 600 }
.gift { background: var(--card); border-radius: var(--round); padding: 20px 24px 24px; display: grid; gap: 14px }
.gift legend { font-family: var(--serif); font-weight: 600; font-size: 1.2rem; float: left; width: 100% }
.gift legend + * { clear: both }
.check { display: flex; gap: 12px; align-items: center; cursor: pointer }
.check input { width: 20px; height: 20px; accent-color: var(--green) }
.field { display: grid; gap: 6px }
.field > span { font-size: .92rem; color: var(--soft) }
.field input, .field textarea { border: 1.5px solid #d5cdbd; border-radius: 10px; background: #fffdf9; padding: .65rem .8rem; width: 100%; resize: vertical }
.people { display: grid; gap: 12px; margin-top: 22px }
.person { display: flex; gap: 16px; align-items: center; text-align: left; background: #fffdf9; border: 1.5px solid var(--line); border-radius: var(--round); padding: 14px 18px; cursor: pointer; line-height: 1.4; color: var(--soft) }
.person strong { color: var(--ink) }
.person:hover { border-color: var(--green) }
.person__initial { display: grid; place-items: center; flex: none; width: 48px; height: 48px; border-radius: 50%; background: var(--card); color: var(--rust); font: 600 1.25rem var(--serif) }
.newcomer { display: grid; gap: 14px; justify-items: start; margin-top: 36px; padding-top: 28px; border-top: 1px solid var(--line) }
.newcomer .field { width: min(320px, 100%) }
.switches { margin: 24px 0 }
.switches li { display: flex; justify-content: space-between; align-items: center; gap: 24px; padding: 18px 0; border-top: 1px solid var(--line) }
.switches h2 { font-size: 1.1rem }
.switches p, .always { color: var(--soft); font-size: .94rem }
.always { white-space: nowrap }
.switch { flex: none; width: 54px; height: 30px; border-radius: 99px; border: 0; background: #b9b3a6; padding: 3px; cursor: pointer; transition: background .15s }
.switch span { display: block; width: 24px; height: 24px; border-radius: 50%; background: #fff; transition: transform .15s }
.switch[aria-checked="true"] { background: var(--green) }
.switch[aria-checked="true"] span { transform: translateX(24px) }
.row { display: flex; flex-wrap: wrap; gap: 12px }
.saved { margin-top: 14px; color: var(--green); font-weight: 600 }
.bought { display: grid; grid-template-columns: repeat(auto-fill, minmax(150px, 1fr)); gap: 16px; margin: 24px 0 }
.bought svg { border-radius: var(--round) }
.bought figcaption { font-size: .92rem; margin-top: 6px }
.note { border-left: 3px solid var(--rust); padding: .3rem 0 .3rem 1rem; font-family: var(--serif); font-style: italic; font-size: 1.1rem; margin-bottom: 24px; white-space: pre-line; overflow-wrap: anywhere }
.aside { border: 1.5px dashed #c9c0ae; border-radius: var(--round); padding: 18px 22px; margin-bottom: 26px; display: grid; gap: 8px; font-size: .95rem }
.aside h2 { font-size: 1.12rem }
.aside p { color: var(--soft) }
code { font: .88em ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; background: var(--card); border-radius: 5px; padding: .1em .4em }
@media (max-width: 820px) {
  .bagpage { grid-template-columns: 1fr }
  .line { grid-template-columns: 84px 1fr auto; gap: 14px }
  .line__picture svg { width: 84px; height: 92px }
}
`;

export const SHOP = /* css */ `
.strip { background: var(--green); color: #f3efe4; font-size: .9rem; text-align: center; min-height: 2.5rem; display: grid; align-items: center; padding: .42rem var(--gap) }
.strip a { font-weight: 600; white-space: nowrap }
.strip strong { color: #f5d99a; font-weight: 600 }
.header { border-bottom: 1px solid var(--line); background: var(--paper); position: sticky; top: 0; z-index: 5 }
.header__row { display: flex; align-items: center; gap: clamp(14px, 2.6vw, 34px); min-height: 68px }
.logo { font-size: 1.62rem; text-decoration: none; color: var(--green); letter-spacing: -.03em }
.nav { display: flex; gap: clamp(12px, 1.9vw, 24px); flex: 1; font-size: .95rem }
.nav a { text-decoration: none; padding: .35rem 0; border-bottom: 2px solid transparent; white-space: nowrap }
.nav a:hover, .nav a[aria-current] { border-color: var(--rust) }
.header__me { display: flex; align-items: center; gap: 18px; font-size: .95rem; white-space: nowrap }
.header__me a { text-decoration: none }
.header__me .linkish { text-decoration: none; color: var(--soft) }
.header__me a:hover, .header__me .linkish:hover { text-decoration: underline }
.who { font-weight: 600 }
.bag__count { display: inline-grid; place-items: center; min-width: 1.6em; height: 1.6em; padding-inline: .4em; margin-left: .2em; border-radius: 99px; background: var(--green); color: #fff; font-size: .8rem; font-variant-numeric: tabular-nums }
.greetline { background: var(--card); font-size: .92rem; color: var(--soft) }
.greetline__row { display: flex; justify-content: space-between; gap: 8px 20px; flex-wrap: wrap; align-items: center; min-height: 2.6rem; padding-block: .35rem }
.greeting strong { color: var(--ink); font-weight: 600 }
.tier { display: inline-block; border-radius: 99px; padding: .05rem .65rem; margin-right: .5rem; font-size: .8rem; font-weight: 600; color: #fff; background: var(--green) }
.tier--bronze { background: #94603c }
.tier--silver { background: #6b747c }
.tier--gold { background: #94731c }
.tier::first-letter { text-transform: uppercase }
.loyalty { font-variant-numeric: tabular-nums; font-weight: 600; color: var(--ink); margin-right: .5rem }
.message { margin-top: 14px; background: #f6e8cf; border-radius: var(--round); padding: .8rem 1.2rem }
.message:empty, .spotlight:empty { display: none }
.spotlight { margin-top: 18px; display: flex; justify-content: space-between; gap: 8px 20px; flex-wrap: wrap; border: 1px solid var(--line); border-radius: var(--round); padding: .7rem 1.2rem; font-size: .95rem }
.spotlight .linkish { color: var(--soft) }
.card__picture img { width: 100%; height: 100%; object-fit: cover }
.hero { display: grid; grid-template-columns: minmax(0, 5fr) minmax(0, 7fr); margin-top: clamp(16px, 2.6vw, 32px); background: var(--card); border-radius: 22px; overflow: hidden; min-height: min(500px, 62vh) }
.hero__text { display: grid; align-content: center; justify-items: start; gap: 16px; padding: clamp(24px, 4.4vw, 60px) }
.hero__text h1 { font-size: clamp(2rem, 4.2vw, 3.3rem) }
.hero__text > p:not(.eyebrow) { color: var(--soft); max-width: 40ch }
.hero__text .button { margin-top: 6px }
.hero__art { width: 100%; height: 100%; object-fit: cover; object-position: 52% 20% }
.grid { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(236px, 44vw), 1fr)); gap: clamp(14px, 2.2vw, 26px) }
.card { display: grid; grid-template-columns: 1fr auto; gap: 2px 12px; text-decoration: none; align-content: start }
.card__picture { grid-column: 1 / -1; border-radius: var(--round); overflow: hidden; margin-bottom: 8px; aspect-ratio: 10 / 11; background: var(--card) }
.card__picture svg { width: 100%; height: 100%; transition: transform .35s ease }
.card:hover .card__picture svg { transform: scale(1.045) }
.card__name { font-weight: 600; line-height: 1.35 }
.card__price { font-variant-numeric: tabular-nums }
.card__category { grid-column: 1 / -1; color: var(--soft); font-size: .88rem }
.tray { display: grid; grid-auto-flow: column; grid-auto-columns: minmax(150px, 172px); gap: 16px; overflow-x: auto; padding-bottom: 10px; scrollbar-width: thin; scroll-snap-type: x proximity }
.tray .card { scroll-snap-align: start; font-size: .92rem; grid-template-columns: 1fr }
.chip { border: 1.5px solid var(--line); border-radius: 99px; padding: .3rem .95rem; text-decoration: none; font-size: .92rem }
.chip:hover { border-color: var(--green) }
.tiles { display: grid; grid-template-columns: repeat(3, 1fr); gap: clamp(12px, 2vw, 24px) }
.tile { position: relative; border-radius: var(--round); overflow: hidden; aspect-ratio: 4 / 3; color: #fff; text-decoration: none }
.tile img { width: 100%; height: 100%; object-fit: cover; transition: transform .35s ease }
.tile:hover img { transform: scale(1.04) }
.tile span { position: absolute; left: 12px; bottom: 12px; background: #fffdf8; color: var(--ink); border-radius: 99px; padding: .34rem 1.05rem; font-weight: 600 }
.promises { margin-top: clamp(36px, 6vw, 76px); border-top: 1px solid var(--line) }
.promises__row { display: grid; grid-template-columns: repeat(3, 1fr); gap: var(--gap); padding-block: clamp(22px, 3vw, 38px) }
.promises p { color: var(--soft); font-size: .94rem }
.product { display: grid; grid-template-columns: minmax(0, 7fr) minmax(0, 5fr); gap: clamp(20px, 4vw, 60px); padding-top: clamp(18px, 3vw, 36px); align-items: start }
.product__picture { border-radius: 22px; overflow: hidden; background: var(--card) }
.product__picture svg { width: 100%; height: auto; max-height: 720px }
.product__text { display: grid; gap: 14px; padding-top: clamp(0px, 2vw, 26px) }
.product__price { font-size: 1.3rem; font-variant-numeric: tabular-nums }
.product__note { color: var(--soft); font-size: 1.06rem; max-width: 44ch }
.facts { border-top: 1px solid var(--line); margin-top: 10px; font-size: .94rem }
.facts div { display: grid; grid-template-columns: 7em 1fr; gap: 12px; padding: .6rem 0; border-bottom: 1px solid var(--line) }
.facts dt { color: var(--soft) }
.footer { background: var(--green); color: #dfe6dc; font-size: .94rem }
.footer .logo { color: #fff; margin-bottom: 8px }
.footer__row { display: grid; grid-template-columns: 2fr 1fr 1fr; gap: var(--gap); padding-block: clamp(30px, 5vw, 58px) 84px }
.footer p { max-width: 46ch }
.footer a { text-decoration: none; line-height: 2 }
.footer a:hover { text-decoration: underline }
@media (max-width: 820px) {
  .header { position: static }
  .header__row { flex-wrap: wrap; gap: 0 16px; padding-block: 10px 0; min-height: 0 }
  .header__me { margin-left: auto; gap: 14px }
  .nav { order: 3; flex-basis: 100%; overflow-x: auto; gap: 20px; scrollbar-width: none; margin-top: 4px }
  .nav a { padding-block: .55rem }
  .hero { grid-template-columns: 1fr; min-height: 0 }
  .hero__art { order: -1; aspect-ratio: 16 / 11; height: auto }
  .product, .promises__row, .footer__row { grid-template-columns: 1fr }
  .grid { grid-template-columns: 1fr 1fr }
  .tiles { gap: 8px }
  .tile { aspect-ratio: 1 }
  .tile span { left: 6px; bottom: 6px; padding: .2rem .7rem; font-size: .86rem }
}
`;

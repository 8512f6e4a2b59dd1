import type { Reason } from './proposition.ts';

/** What leads to an offer, as a visitor may be told. Closed list. None names a value, a segment or a rule. */
export const CAUSES = [
  'everyone',
  'group',
  'recentlyViewed',
  'interest',
  'recommended',
  'learned',
  'details',
  'experiment',
] as const;
export type Cause = (typeof CAUSES)[number];

/** A language: the sentence for each reason, and what is added for each cause. */
interface WhyTexts {
  readonly reasons: Readonly<Record<Reason, string>>;
  readonly causes: Readonly<Record<Cause, string>>;
}

/** By language tag; the first one is for everybody else. */
export const WHY_TEXTS = {
  en: {
    reasons: {
      eligible: 'We chose this for you.',
      assigned: 'You are part of a test that compares several versions of this page.',
      forced: 'This is a preview. It is not what visitors see.',
      noneEligible: 'You see what everybody sees here: nothing was chosen for you.',
      noOffers: 'You see what everybody sees here: nothing was chosen for you.',
      holdout: 'You see what everybody sees here, so that we can compare.',
      outranked: 'You see what everybody sees here: what we had for you is elsewhere on this page.',
      capped: 'You see what everybody sees here: you have seen enough offers in this place.',
      unknownPlacement: 'Nothing is shown here.',
      degraded: 'You see what everybody sees here: choosing for you took too long.',
      limited: 'You see what everybody sees here: nothing is known about this visit.',
      bot: 'You see what everybody sees here: this looks like an automated visit.',
      prefetch: 'You see what everybody sees here: this page was loaded ahead of your visit.',
    },
    causes: {
      everyone: 'Everybody may see it.',
      group: 'It is meant for a group of visitors that you belong to, going by what you did or told us.',
      recentlyViewed: 'It has to do with what you looked at recently.',
      interest: 'It fits what you are most interested in here.',
      recommended: 'It goes with what you looked at or bought, or is popular with others.',
      learned: 'Visitors in a similar situation liked it.',
      details: 'It shows details that we know of you.',
      experiment: 'It is part of a test that compares several versions.',
    },
  },
  ko: {
    reasons: {
      eligible: '회원님을 위해 고른 내용입니다.',
      assigned: '이 페이지의 여러 버전을 비교하는 테스트에 참여하고 계십니다.',
      forced: '미리보기입니다. 방문자에게 보이는 화면이 아닙니다.',
      noneEligible: '모든 방문자에게 보이는 내용입니다. 따로 고른 내용이 없습니다.',
      noOffers: '모든 방문자에게 보이는 내용입니다. 따로 고른 내용이 없습니다.',
      holdout: '비교를 위해 모든 방문자에게 보이는 내용을 보여 드립니다.',
      outranked: '모든 방문자에게 보이는 내용입니다. 회원님을 위한 내용은 이 페이지의 다른 곳에 있습니다.',
      capped: '모든 방문자에게 보이는 내용입니다. 이 자리의 제안을 이미 충분히 보셨습니다.',
      unknownPlacement: '이 자리에는 아무것도 표시되지 않습니다.',
      degraded: '모든 방문자에게 보이는 내용입니다. 맞춤 내용을 고르는 데 시간이 너무 오래 걸렸습니다.',
      limited: '모든 방문자에게 보이는 내용입니다. 이번 방문에 대해 알려진 것이 없습니다.',
      bot: '모든 방문자에게 보이는 내용입니다. 자동화된 방문으로 보입니다.',
      prefetch: '모든 방문자에게 보이는 내용입니다. 방문하시기 전에 미리 불러온 페이지입니다.',
    },
    causes: {
      everyone: '누구나 볼 수 있습니다.',
      group: '회원님의 활동이나 알려 주신 정보에 따라 회원님이 속한 방문자 그룹을 위한 것입니다.',
      recentlyViewed: '최근에 보신 상품과 관련이 있습니다.',
      interest: '회원님의 주된 관심사에 맞는 내용입니다.',
      recommended: '보셨거나 구매하신 상품과 어울리거나, 다른 방문자들에게 인기 있는 상품입니다.',
      learned: '비슷한 상황의 방문자들이 좋아한 내용입니다.',
      details: '회원님에 대해 알고 있는 정보가 표시됩니다.',
      experiment: '여러 버전을 비교하는 테스트의 일부입니다.',
    },
  },
} as const satisfies Readonly<Record<string, WhyTexts>>;

export type WhyLanguage = keyof typeof WHY_TEXTS;

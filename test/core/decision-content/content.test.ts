import fc from 'fast-check';
import { type DefaultTreeAdapterTypes, parseFragment } from 'parse5';
import { describe, expect, it } from 'vitest';
import { compileContent } from '../../../core/decision/content/language/compile-content.ts';
import { renderContent } from '../../../core/decision/content/render-content.ts';
import { hostOf, isWebUrl } from '../../../core/decision/content/safe-url.ts';
import type { ContentKind } from '../../../core/decision/placement.ts';
import type { JsonValue } from '../../../core/lib/json.ts';

const NAMES = {
  attributes: new Map([
    ['tier', { public: true }],
    ['firstName', { public: true }],
    ['email', { public: false }],
  ]),
  measures: new Map([['points', { public: true }]]),
  strategies: new Set(['recent']),
  redirectHosts: new Set(['shop.example']),
};

function compile(value: JsonValue, kind: ContentKind = 'html') {
  return compileContent(value, kind, NAMES);
}
function codes(value: JsonValue, kind: ContentKind = 'html'): readonly string[] {
  const compiled = compile(value, kind);
  return compiled.ok ? [] : compiled.error.map(({ code }) => code);
}
function render(value: JsonValue, fill: Readonly<Record<string, JsonValue>>, kind: ContentKind = 'html'): JsonValue {
  const compiled = compile(value, kind);
  if (!compiled.ok) throw new Error(JSON.stringify(compiled.error));
  return renderContent(compiled.value, fill);
}

describe('HTML', () => {
  it('is the very same value when it holds no placeholder', () => {
    const content = compile('<b>Hello</b>');
    expect(content).toEqual({ ok: true, value: { value: '<b>Hello</b>' } });
  });

  it('fills text and quoted attributes, each escaped for its place', () => {
    const html =
      '<p title="{{attribute.firstName}}">Hi {{attribute.firstName}}, <a href="/u/{{attribute.tier}}?n=1">x</a></p>';
    expect(render(html, { 'attribute.firstName': '"<i>&', 'attribute.tier': 'a/b?c' })).toBe(
      '<p title="&quot;&lt;i&gt;&amp;">Hi &quot;&lt;i&gt;&amp;, <a href="/u/a%2Fb%3Fc?n=1">x</a></p>',
    );
  });

  it('says which values it needs, and which it only reads', () => {
    const compiled = compile('{{attribute.tier}} {{#measure.points}}{{measure.points}}{{/measure.points}}');
    expect(compiled.ok && compiled.value.needs).toEqual(['attribute.tier']);
    expect(compiled.ok && compiled.value.reads).toEqual(['attribute.tier', 'measure.points']);
  });

  it('shows a section or its opposite', () => {
    const html =
      '{{#attribute.firstName}}Hi {{attribute.firstName}}{{/attribute.firstName}}{{^attribute.firstName}}Welcome{{/attribute.firstName}}';
    expect(render(html, { 'attribute.firstName': 'Ada' })).toBe('Hi Ada');
    expect(render(html, {})).toBe('Welcome');
    expect(render(html, { 'attribute.firstName': '' })).toBe('Welcome');
  });

  it('goes through lists', () => {
    const html = '<ul>{{#items.recent}}<li><a href="{{url}}">{{title}}</a></li>{{/items.recent}}</ul>';
    const items = [
      { url: 'https://shop.example/a', title: 'A & B' },
      { url: 'javascript:alert(1)', title: 'bad' },
    ];
    expect(render(html, { 'items.recent': items })).toBe(
      '<ul><li><a href="https://shop.example/a">A &amp; B</a></li><li><a href="">bad</a></li></ul>',
    );
  });

  it.each([
    ['an unquoted attribute', '<p title={{attribute.tier}}>x</p>', ['unsafePlace']],
    ['a tag', '<{{attribute.tier}}>', ['unsafePlace']],
    ['an attribute name', '<p {{attribute.tier}}="x">', ['unsafePlace']],
    ['a comment', '<!-- {{attribute.tier}} -->', ['unsafePlace']],
    ['a style', '<style>p{color:{{attribute.tier}}}</style>', ['unsafePlace']],
    ['a style attribute', '<p style="color:{{attribute.tier}}">', ['unsafePlace']],
    ['a script', '<script>{{attribute.tier}}</script>', ['unsafeHtml']],
    ['a handler', '<p onclick="{{attribute.tier}}">', ['unsafeHtml', 'unsafePlace']],
    ['a host', '<a href="https://{{attribute.tier}}/x">x</a>', ['unsafeUrl']],
    ['a scheme', '<a href="java{{attribute.tier}}">x</a>', ['unsafeUrl']],
    ['two that make an address', '<a href="{{attribute.tier}}{{attribute.firstName}}">x</a>', ['unsafeUrl']],
    ['a scheme after one', '<a href="{{attribute.tier}}:x">x</a>', ['unsafeUrl']],
    [
      'a section that stands for the beginning of an address',
      '<a href="{{^attribute.tier}}/{{/attribute.tier}}javascript:alert(1)">x</a>',
      ['unsafeUrl'],
    ],
    [
      'a section between an address and a scheme',
      '<a href="{{attribute.tier}}{{#measure.points}}/{{/measure.points}}:x">x</a>',
      ['unsafeUrl'],
    ],
    ['a list that makes up an address', '<a href="{{#attribute.tier}}{{.}}{{/attribute.tier}}">x</a>', ['unsafeUrl']],
    ['a section that opens an element', '{{#attribute.tier}}<b>{{/attribute.tier}}x</b>', ['unsafePlace']],
  ])('refuses a placeholder in %s', (_, html, expected) => {
    expect(codes(html)).toEqual(expected);
  });

  it.each([
    ['a script', '<script>1</script>', ['unsafeHtml']],
    ['a handler', '<p OnClick=x>', ['unsafeHtml']],
    ['srcdoc', '<iframe srcdoc="x"></iframe>', ['unsafeHtml']],
    ['a base', '<base href="/x">', ['unsafeHtml']],
    ['javascript:', '<a href=" java\nscript:alert(1)">x</a>', ['unsafeUrl']],
    ['data:', '<a href="data:text/html,x">x</a>', ['unsafeUrl']],
    ['an animation that sets an address', '<svg><animate attributeName="href"/></svg>', ['unsafeHtml']],
    ['what is in a template element', '<template><script>1</script></template>', ['unsafeHtml']],
  ])('refuses %s', (_, html, expected) => {
    expect(codes(html)).toEqual(expected);
  });

  it.each([
    '<a href="mailto:a@shop.example">x</a>',
    '<img src="data:image/png;base64,AA==">',
    '<style>p{color:red}</style>',
    '<a href="/sale{{#attribute.tier}}?tier={{attribute.tier}}{{/attribute.tier}}">x</a>',
    '<a href="{{attribute.tier}}?n={{#measure.points}}{{measure.points}}{{/measure.points}}">x</a>',
  ])('allows %s', (html) => expect(codes(html)).toEqual([]));

  it.each([
    ['a private attribute', '{{attribute.email}}', ['privateValue']],
    ['an unknown attribute', '{{attribute.teir}}', ['unknownValue']],
    ['an unknown measure', '{{#measure.x}}a{{/measure.x}}', ['unknownValue']],
    ['an unknown strategy', '{{#items.recnt}}{{title}}{{/items.recnt}}', ['unknownValue']],
    ['an unknown strategy in a section', '{{#attribute.tier}}{{items.recnt}}{{/attribute.tier}}', ['unknownValue']],
    ['a field of a strategy', '{{items.recent.title}}', ['unknownValue']],
    ['items of no strategy', '{{#items}}{{title}}{{/items}}', ['unknownValue']],
    ['a bare name', '{{tier}}', ['unknownValue']],
    ['what escapes nothing', '{{{attribute.tier}}}', ['templateSyntax']],
    ['a partial', '{{> x}}', ['templateSyntax']],
    ['an open section', '{{#attribute.tier}}x', ['templateSyntax']],
    ['prototype names', '{{attribute.__proto__}}', ['unknownValue']],
  ])('refuses %s', (_, html, expected) => {
    expect(codes(html)).toEqual(expected);
  });

  it('suggests the nearest name', () => {
    const compiled = compile('{{attribute.teir}}');
    expect(compiled.ok ? '' : compiled.error[0]?.detail).toContain('Did you mean "tier"?');
  });

  it('keeps its structure whatever the values are', () => {
    const html =
      '<div class="{{attribute.tier}}"><a href="{{attribute.firstName}}" title=\'{{attribute.tier}}\'>{{attribute.firstName}}</a><textarea>{{attribute.tier}}</textarea><img src="/i/{{attribute.firstName}}.png"></div>';
    const nasty = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom(
        'javascript:alert(1)',
        '"><script>alert(1)</script>',
        "' onload='x",
        '</textarea><script>',
        '&#106;avascript:x',
        '\u0000<b',
        'java\tscript:1',
      ),
      fc
        .array(fc.constantFrom('<', '>', '"', "'", '&', '=', '/', ' ', 'a', '`', ':', '\n'), { maxLength: 12 })
        .map((all) => all.join('')),
    );
    const shape = shapeOf(render(html, { 'attribute.tier': 'x', 'attribute.firstName': 'y' }) as string);
    fc.assert(
      fc.property(nasty, nasty, (tier, firstName) => {
        const filled = render(html, { 'attribute.tier': tier, 'attribute.firstName': firstName }) as string;
        expect(shapeOf(filled)).toEqual(shape);
        const href = /href="([^"]*)"/.exec(filled)?.[1] ?? '';
        expect(isWebUrl(href.replaceAll('&amp;', '&').replaceAll('&#39;', "'"))).toBe(true);
      }),
      { numRuns: 200 },
    );
  });
});

describe('data', () => {
  it('keeps the type of a value that stands alone, and joins others to text', () => {
    const content = {
      points: '{{measure.points}}',
      text: 'You have {{measure.points}} points',
      deep: [{ tier: '{{attribute.tier}}' }],
    };
    expect(render(content, { 'measure.points': 120, 'attribute.tier': '<b>' }, 'json')).toEqual({
      points: 120,
      text: 'You have 120 points',
      deep: [{ tier: '<b>' }],
    });
  });
  it('takes any JSON as a value', () => {
    expect(codes(true, 'value')).toEqual([]);
    expect(codes(null, 'value')).toEqual([]);
  });
});

describe('a redirect', () => {
  it.each([
    ['/sale', []],
    ['https://shop.example/sale?x=1', []],
    ['/sale/{{attribute.tier}}', []],
    ['https://evil.example/', ['unsafeUrl']],
    ['//evil.example/', ['unsafeUrl']],
    ['/\\evil.example/', ['unsafeUrl']],
    ['https://shop.example@evil.example/', ['unsafeUrl']],
    ['javascript:alert(1)', ['unsafeUrl']],
    ['https://{{attribute.tier}}/', ['unsafeUrl']],
    ['{{attribute.tier}}', ['unsafeUrl']],
    ['/{{attribute.tier}}', []],
  ])('to %s', (url, expected) => {
    expect(codes({ url }, 'redirect')).toEqual(expected);
  });
  it('cannot be led elsewhere by a value', () => {
    expect(render({ url: '/{{attribute.tier}}' }, { 'attribute.tier': '/evil.example' }, 'redirect')).toEqual({
      url: '/%2Fevil.example',
    });
  });
  it('wants an address', () => expect(codes({}, 'redirect')).toEqual(['contentKind']));
});

describe('DOM actions', () => {
  const dom = (...actions: readonly JsonValue[]) => ({ actions });
  it('are checked each by itself', () => {
    expect(codes(dom({ action: 'setText', selector: 'h1', value: 'Hi {{attribute.tier}} <3' }), 'dom')).toEqual([]);
    expect(codes(dom({ action: 'setHtml', selector: 'h1', value: '<script>1</script>' }), 'dom')).toEqual([
      'unsafeHtml',
    ]);
    expect(codes(dom({ action: 'setAttribute', selector: 'a', name: 'href', value: 'javascript:1' }), 'dom')).toEqual([
      'unsafeUrl',
    ]);
    expect(codes(dom({ action: 'setAttribute', selector: 'a', name: 'onclick', value: 'x' }), 'dom')).toEqual([
      'contentKind',
    ]);
    expect(
      codes(dom({ action: 'setStyle', selector: 'a', name: 'color', value: '{{attribute.tier}}' }), 'dom'),
    ).toEqual(['unsafeHtml']);
    expect(codes(dom({ action: 'setStyle', selector: 'a', name: 'background', value: 'url(//x)' }), 'dom')).toEqual([
      'unsafeHtml',
    ]);
    expect(codes(dom({ action: 'explode', selector: 'a' }), 'dom')).toEqual(['contentKind']);
    expect(codes(dom({ action: 'hide', selector: '' }), 'dom')).toEqual(['contentKind']);
    expect(codes(dom({ action: 'hide', selector: 'h1)' }), 'dom')).toEqual(['contentKind']);
    expect(codes(dom({ action: 'move', selector: 'a', target: 'h1{} body' }), 'dom')).toEqual(['contentKind']);
    expect(codes(dom({ action: 'move', selector: 'a', target: '#b' }), 'dom')).toEqual([]);
    expect(codes({ actions: 'x' }, 'dom')).toEqual(['contentKind']);
  });
});

describe('a list', () => {
  it.each<readonly [JsonValue, readonly string[]]>([
    [{ strategy: 'for-you' }, []],
    [{ items: [] }, []],
    [{ title: 'x' }, ['contentKind']],
  ])('%j', (content, expected) => expect(codes(content, 'list')).toEqual(expected));
});

describe('an address', () => {
  it.each([
    ['/a', null],
    ['https://A.example:8080/x', 'a.example:8080'],
    ['//b.example', 'b.example'],
    ['/\\b.example', 'b.example'],
    ['\thttps:\\\\c.example/', 'c.example'],
    ['https://x@d.example?', 'd.example'],
  ])('%j leads to %j', (url, host) => expect(hostOf(url)).toBe(host));
});

/** Elements with the names of their attributes. */
function shapeOf(html: string): unknown {
  const walk = (node: DefaultTreeAdapterTypes.ChildNode): unknown =>
    'tagName' in node
      ? [node.tagName, node.attrs.map(({ name }) => name), node.childNodes.filter((n) => 'tagName' in n).map(walk)]
      : null;
  return parseFragment(html).childNodes.map(walk);
}

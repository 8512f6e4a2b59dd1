import type { Page } from 'playwright-core';

/** Part of the window, in pixels: of an element, its left side. */
interface Region {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** How much of what the page shows in the end its frames showed: 0 to 1. */
export interface Painted {
  /** The first frame with anything on it. */
  readonly first: number;
  /** The one of all frames with anything on them that showed least of it. */
  readonly least: number;
  readonly frames: number;
}

/**
 * Opens a page, keeps every frame that the browser paints until `done`, as PNG, and holds each against the page as it stands then. Looks at one element, down to `bottom` and so many
 * pixels from its left: a page that streams is painted from its top, so what stands above may be there earlier.
 */
export async function paintedFrames(
  page: Page,
  url: string,
  { selector, width, bottom }: { readonly selector: string; readonly width: number; readonly bottom: number },
  done: () => Promise<unknown>,
): Promise<Painted> {
  const session = await page.context().newCDPSession(page);
  const frames: string[] = [];
  session.on('Page.screencastFrame', ({ data, sessionId }) => {
    frames.push(data);
    void session.send('Page.screencastFrameAck', { sessionId });
  });
  await page.goto('about:blank');
  await session.send('Page.startScreencast', { format: 'png', everyNthFrame: 1 });
  await page.goto(url, { waitUntil: 'load' });
  await done();
  await session.send('Page.stopScreencast');
  const end = (await page.screenshot()).toString('base64');
  const box = await page.locator(selector).boundingBox();
  if (!box) throw new Error(`nothing is shown at ${selector}`);
  const [left, top] = [Math.ceil(box.x), Math.ceil(box.y)];
  const region: Region = { left, top, width, height: Math.floor(Math.min(bottom, box.y + box.height)) - top };
  const paper = await page.context().newPage();
  const likeTheEnd: number[] = [];
  try {
    for (const frame of frames) {
      const { content, alike } = await paper.evaluate(compare, { frame, end, region });
      if (content > 0.005) likeTheEnd.push(alike);
    }
  } finally {
    await paper.close();
  }
  const [first] = likeTheEnd;
  if (first === undefined) throw new Error(`none of ${frames.length} frames showed anything`);
  return { first, least: Math.min(...likeTheEnd), frames: likeTheEnd.length };
}

/** Runs in a browser. `content`: share of pixels that are not the colour of the corner; `alike`: share of the end's content pixels that the frame has too. */
async function compare(given: {
  readonly frame: string;
  readonly end: string;
  readonly region: Region;
}): Promise<{ readonly content: number; readonly alike: number }> {
  const { left, top, width, height } = given.region;
  const pixelsOf = async (png: string): Promise<Uint8ClampedArray> => {
    const image = new Image();
    image.src = `data:image/png;base64,${png}`;
    await image.decode();
    const canvas = new OffscreenCanvas(width, height);
    const context = canvas.getContext('2d') as OffscreenCanvasRenderingContext2D;
    context.drawImage(image, -left, -top);
    return context.getImageData(0, 0, width, height).data;
  };
  const [frame, end] = [await pixelsOf(given.frame), await pixelsOf(given.end)];
  const isDark = (pixels: Uint8ClampedArray, at: number): boolean =>
    (pixels[at] ?? 0) + (pixels[at + 1] ?? 0) + (pixels[at + 2] ?? 0) < 420 && pixels[at + 3] === 255;
  let [content, ink, same] = [0, 0, 0];
  for (let at = 0; at < end.length; at += 4) {
    if (isDark(frame, at)) content++;
    if (!isDark(end, at)) continue;
    ink++;
    if (isDark(frame, at)) same++;
  }
  return { content: content / (end.length / 4), alike: ink === 0 ? 0 : same / ink };
}

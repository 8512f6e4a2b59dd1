import { writeFileSync } from 'node:fs';
import { event, startShop } from '/work/main/test/support/platform.ts';

const shop = await startShop();
writeFileSync(
  '/tmp/sv/shop.json',
  JSON.stringify({ url: shop.platform.url, token: shop.platform.secrets.operatorToken, key: shop.serverKey }),
);
await shop
  .server({
    events: [
      { ...event('product.viewed', { productId: 'p1' }), identities: [{ namespace: 'customer', value: 'c1' }] },
      {
        ...event('product.viewed', { productId: 'p2' }),
        identities: [
          { namespace: 'customer', value: 'c1' },
          { namespace: 'email', value: 'ada@shop.test' },
        ],
      },
    ],
  })
  .then((a) => console.log(a.status, a.text));
console.log('up');
setTimeout(async () => {
  await shop.stop();
  process.exit(0);
}, 1500_000);

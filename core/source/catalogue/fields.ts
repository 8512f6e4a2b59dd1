/**
 * The fields of an item, and the names they go by: Google Merchant's first, then what shop exports call them. Names are compared without case,
 * spaces, dashes and underscores.
 */
export const ITEM_FIELDS = {
  id: ['id', 'sku', 'productid', 'itemid'],
  title: ['title', 'name', 'productname'],
  url: ['link', 'url', 'producturl', 'pageurl', 'canonicallink'],
  image: ['imagelink', 'image', 'imageurl', 'picture'],
  price: ['price', 'listprice', 'regularprice'],
  salePrice: ['saleprice', 'specialprice'],
  currency: ['currency', 'pricecurrency'],
  availability: ['availability', 'stock', 'stockstatus'],
  category: ['producttype', 'category', 'categorypath', 'categories', 'googleproductcategory'],
  brand: ['brand', 'manufacturer', 'vendor'],
  groupId: ['itemgroupid', 'groupid', 'parentid'],
} as const satisfies Record<string, readonly string[]>;
export type ItemField = keyof typeof ITEM_FIELDS;

/** Read by nobody: they are long, personal to the advertiser, or about shipping. */
export const IGNORED_FIELDS: ReadonlySet<string> = new Set([
  'description',
  'additionalimagelink',
  'mobilelink',
  'shipping',
  'shippinglabel',
  'shippingweight',
  'tax',
  'taxcategory',
  'adsredirect',
  'mpn',
  'gtin',
  'identifierexists',
  'availabilitydate',
  'expirationdate',
  'costofgoodssold',
]);

/** A sale price that holds for a time only is left out: an item does not carry its time, and a price of yesterday is worse than none. */
export const SALE_PERIOD = 'salepriceeffectivedate';

export function plainName(name: string): string {
  return name.toLowerCase().replaceAll(/[\s_-]/g, '');
}

/** Columns that a CSV header lacks to be a catalogue, by their first name. */
export function missingItemColumns(header: readonly string[]): readonly string[] {
  const present = new Set(header.map(plainName));
  return (['id', 'title', 'url', 'price'] as const).filter(
    (field) => !ITEM_FIELDS[field].some((name) => present.has(name)),
  );
}

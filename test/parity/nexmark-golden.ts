/** What the generator, and any engine on it, must give: agreed with an independent program and with Flink 2.3.0 at parallelism 1 and 2. */
import type { ChecksumMode } from "../../bench/nexmark/checksum.ts";
import type { QueryName } from "../../bench/nexmark/results.ts";

/** Index, and kind and fields; a bid is followed by its light and full record hashes. */
export const GOLDEN_EVENTS: readonly (readonly [number, string])[] = [
  [
    0,
    "P 1000|Kate Walton|Kate.Walton1000@example.com|3947 0527 6078 4461|Seattle|AZ|1436918400000|ffyqnqaexunjetwexqwbkdmamhzxfrgbjgywgnkvzowvtvhc",
  ],
  [
    1,
    "A 1000|item-775|pelricaeolcyqvywkosfuyfjlfjynzcacbkviaojsumnppfb|72870000|72879003|1436918400000|1436918400193|1000|13|scxucetbdrkujeyiespaotkbwyxweapmkqdcbojueytjgqih",
  ],
  [
    2,
    "A 1001|item-690|scxucetbdrkujeyiespaotkbwyxweapmkqdcbojueytjgqih|20480|20609|1436918400000|1436918400290|1000|10|lmognynjjnpzubouweetphhcxrugsybrpddgvyydndvgkgrh",
  ],
  [
    3,
    "A 1002|item-735|ffyqnqaexunjetwexqwbkdmamhzxfrgbjgywgnkvzowvtvhc|6532|1716532|1436918400000|1436918400322|1000|10|wyphlhpqbjoqursuxaneqnegraeeecgvapqnbakmbrzhdeam",
  ],
  [
    4,
    "B 1000|1008|620|channel-4944|https://www.nexmark.com/oukhehftbast/item.htm?query=1&channel_id=4944|1436918400000|mcdtsgmvlwpxlubhnqtmchmcoojrxlcsphvbxktfccbttndc light=ea9567f2,9e934aef full=7570784f,7e2e392a",
  ],
  [
    5,
    "B 1000|1003|8902000|channel-971|https://www.nexmark.com/bkaiwiadvmtr/item.htm?query=1&channel_id=971|1436918400000|djugkyciwnlrjuhgnuzdwooroaohftltprubfrsrtswhqrhi light=8303d00f,60080fc2 full=e65ea5bb,e2506484",
  ],
  [
    49,
    "B 1002|1002|694|channel-7690|https://www.nexmark.com/lnyjvgreatot/item.htm?query=1&channel_id=7690|1436918400004|htrvbahiwtykjotkmeudncxgkioohmpfwnwgmppkuxcsayay light=fb35a39b,89ff7b9e full=0669165f,829218da",
  ],
  [
    50,
    "P 1001|Vicky Bartels|Vicky.Bartels1001@example.com|8759 5608 9876 6969|Boise|OR|1436918400005|fhrbosxoqspzfuwpoznriskxdfqvmylvexocinyqrnlrelpd",
  ],
  [
    53,
    "A 1005|item-509|vbhrxwdizpwysnqzpziptocwkyfpsxqujyeqmvdcqjthgcjd|367200|368063|1436918400005|1436918400152|1000|12|vuduvwtekothmtphfsymetjqebcqtiempzrhthqqltcthejr",
  ],
  [
    99,
    "B 1002|1002|97580000|Google|https://www.nexmark.com/google/item.htm?query=1|1436918400009|fzcioaylicpduyigjaosypcepjzkriadyjbduffefyfuuiar light=0f7eeae5,b603e509 full=dd21d31d,9b52a76d",
  ],
  [
    1000,
    "P 1020|Saul Noris|Saul.Noris1020@example.com|0713 1883 1032 7916|Kent|WA|1436918400100|ndexntjoceymbpnwurjdxwonyrqdyrbxufzjyjgeejlxmeou",
  ],
  [
    1001,
    "A 1060|item-81|fhrbosxoqspzfuwpoznriskxdfqvmylvexocinyqrnlrelpd|526|308326|1436918400100|1436918400366|1000|14|zpgngvhrrhyiogzwbjpxnpxjjscfuiekpedmuiwlipygcbze",
  ],
  [
    1004,
    "B 1000|1024|94760|Baidu|https://www.nexmark.com/baidu/item.htm?query=1|1436918400100|vuduvwtekothmtphfsymetjqebcqtiempzrhthqqltcthejr light=760fa056,7b3ab602 full=beb9f16e,1026341a",
  ],
  [
    123456,
    "B 8315|3401|94430000|channel-1035|https://www.nexmark.com/bkaiwiadvmtr/item.htm?query=1&channel_id=1035|1436918412345|xfglxjcdbnggiyarjmypkysbomigeviadfrahcrctzuqphor light=178bdad3,40cde35c full=3bc5acd1,ad13d08b",
  ],
  [
    999950,
    "P 20999|Deiter Bartels|Deiter.Bartels20999@example.com|0092 8191 8296 9508|Redmond|AZ|1436918499995|yfsfvhnywliddjtseufdikdqjeonfdrvemlbgvoloklgdjos",
  ],
  [
    999951,
    "A 60997|item-543|yfsfvhnywliddjtseufdikdqjeonfdrvemlbgvoloklgdjos|95660000|96128200|1436918499995|1436918500126|20900|10|hiyqeetlmwyqomjylmmlgstumdhhedzygdnkqamufxyvwuui",
  ],
  [
    999999,
    "B 60918|20901|151200|channel-3210|https://www.nexmark.com/lnyjvgreatot/item.htm?query=1&channel_id=3210|1436918499999|lhmzandihwbrbeofeusyhbtfuhvcixjiqwbeceqdbatixbic light=f6d47db7,14290e03 full=68fcf472,02b648cb",
  ],
  [
    2000000047,
    "B 120001000|40000420|82260000|Apple|https://www.nexmark.com/apple/item.htm?query=1|1437118400004|mtfiutljvkgwegwsvjikmmmakrooyngzzliqbgzwnkhehtys light=53906d59,b460ce8d full=fac2ef62,43c037b0",
  ],
];

export interface GoldenChecksum {
  readonly query: QueryName;
  readonly mode: ChecksumMode;
  readonly count: number;
  readonly hex: string;
}

/** At 1,000,000 events, 10,000 events per second, 1000 keys. Queries whose results hold no strings have one checksum. */
export const CHECKSUMS_AT_1M: readonly GoldenChecksum[] = [
  { query: "q0", mode: "full", count: 920000, hex: "ce7bd171850ede6b" },
  { query: "q0", mode: "light", count: 920000, hex: "6431670d446ef29e" },
  { query: "q1", mode: "full", count: 920000, hex: "7a1d60e91656af31" },
  { query: "q1", mode: "light", count: 920000, hex: "856adab61e8dfbf9" },
  { query: "q2", mode: "full", count: 6887, hex: "1f89fe58c8dfb07b" },
  { query: "q4", mode: "full", count: 55, hex: "5bbaed60b4e31000" },
  { query: "q5", mode: "full", count: 63, hex: "777949e1dfdf28e9" },
  { query: "q7", mode: "full", count: 10, hex: "9da7076753fef315" },
  { query: "q12", mode: "full", count: 27449, hex: "0e086850cb14471a" },
  { query: "wc", mode: "full", count: 1000000, hex: "d2731e34714ec7d0" },
];

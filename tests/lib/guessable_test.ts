import assert from "node:assert/strict";
import { isPattern } from "../../lib/guessable.ts";

Deno.test("isPattern knows a few characters over and over, and runs of neighbours", () => {
  const patterns = [
    ...["aaaaaaaa", "12121212", "12312312", "12341234", "密码密码密码密码", "        "],
    ...["qwertyqwerty", "😀😀😀😀😀😀😀😀", "12345678", "7890123456", "1234567890", "01234567"],
    ...["87654321", "0987654321", "3210987654", "abcdefgh", "zyxwvuts"],
  ];
  for (const text of patterns) assert.equal(isPattern(text), true, text);
});

Deno.test("isPattern leaves everything else alone", () => {
  const others = [
    ...["correct horse battery", "12345679", "12345687", "abcdefgi", "aaaaaaab", "baaaaaaa"],
    ...["abcdefgabcdefg", "qwertyqw", "89012346", "雨天的三把旧伞呀", " .  :  . ", "13579135"],
  ];
  for (const text of others) assert.equal(isPattern(text), false, text);
});
